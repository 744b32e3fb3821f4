import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { freePort } from '../../shared/embedded/port.ts'
import { openBrowser } from '../support/browser.ts'
import { start } from '../support/processes.ts'

const records = 'test/fixtures/asterisk/v22-utc/Master.csv'
const rates = 'demo/data/rates.csv'

describe('from npm start to a first price, with nothing but pages', () => {
  let folder: string
  let started: ReturnType<typeof start>
  let browser: Browser
  let page: Page
  let base: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'onboarding-'))
    const port = String(await freePort())
    base = `http://127.0.0.1:${port}`
    started = start('stages/start.ts', [], {
      ...{ DATA_DIR: folder, DATABASE_URL: '', WEB_PORT: port, LOG_LEVEL: 'info' },
    })
    browser = await openBrowser()
    await vi.waitFor(
      () => {
        expect(started.output()).toContain('Ctrl-C ends it')
      },
      { timeout: 40_000, interval: 200 },
    )
    page = await browser.newPage({ javaScriptEnabled: false })
    page.setDefaultTimeout(10_000)
  }, 60_000)

  afterAll(async () => {
    if (process.env['SHOTS']) {
      mkdirSync(process.env['SHOTS'], { recursive: true })
      writeFileSync(join(process.env['SHOTS'], 'last.png'), await page.screenshot({ fullPage: true }))
    }
    await browser.close()
    started.child.kill('SIGINT')
    expect((await started.ended).code).toBe(0)
    rmSync(folder, { recursive: true, force: true })
  }, 30_000)

  const shot = async (name: string): Promise<void> => {
    const to = process.env['SHOTS']
    if (to) {
      mkdirSync(to, { recursive: true })
      await page.screenshot({ path: join(to, `${name}.png`), fullPage: true })
    }
  }
  const text = (): Promise<string> => page.innerText('main')
  const press = (name: string): Promise<void> => page.click(`button:has-text("${name}")`)
  const next = async (): Promise<void> => {
    await page.goto(`${base}/`)
    await page.click('.steps strong a')
  }

  it('leads step by step to the price of a call of a file of their own', { timeout: 120_000 }, async () => {
    await page.goto(`${base}/`)
    await page.fill('[name=name]', 'admin')
    await page.fill('[name=password]', /password of admin is (\S+)/.exec(started.output())?.[1] ?? '')
    await page.click('main button')
    expect(await text()).toContain('To the first price')
    await shot('1-steps')

    await page.click('.steps strong a')
    await page.fill('[name=name]', 'office')
    await page.selectOption('[name=time_zone]', 'UTC')
    await page.fill('[name=country]', 'DE')
    await page.fill('[name=area_code]', '30')
    await press('Add it')
    await shot('2-exchange')

    await next()
    await page.fill('[name=name]', 'Retail')
    await press('Add it')
    await page.fill('form:has([type=file]) [name=from]', '2026-01-01')
    await page.setInputFiles('[type=file]', rates)
    await press('Look what it would change')
    expect(await text()).toMatch(/rates.csv: [\d,]+ lines/)
    await shot('3-deck')
    await press('Load it')
    expect(await text()).toContain('written:')

    await next()
    await page.setInputFiles('[type=file]', records)
    await press('Look what it would become')
    await shot('4-check')
    expect(await text()).toContain('would become calls')
    expect(await text()).toContain('Nothing was written')
    await press('These are trunks')
    expect(await text()).toContain('Callers')
    await shot('5-callers')
    const [caller] = await page.$$('[name^="caller:"]')
    await caller?.check()
    await page.fill('[name=name]', 'Sales')
    await page.selectOption('[name=plan]', { label: 'Retail (1)' })
    await press('Theirs')
    expect(await text()).toContain('has an owner now')
    await press('Read this file')
    expect(await text()).toContain('It is being read')

    await vi.waitFor(
      async () => {
        await page.goto(`${base}/calls`)
        expect(await text()).toContain('Sales')
      },
      { timeout: 30_000, interval: 500 },
    )
    await shot('6-calls')
    await page.goto(`${base}/waiting`)
    await shot('7-waiting')
  })
})
