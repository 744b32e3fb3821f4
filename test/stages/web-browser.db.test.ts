import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openBrowser, seriousOn } from '../support/browser.ts'
import { aCall, anOffice } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { startPages } from '../support/pages.ts'
import type { Pages } from '../support/pages.ts'

const database = useDatabase()
const paths = [
  '/',
  '/waiting',
  '/calls',
  '/calls/1',
  '/compare',
  '/now',
  '/rules',
  '/countries',
  '/providers',
  '/clients',
  '/alerts',
  '/sources',
  '/sources/office',
  '/reconciliation',
  '/tariffs',
  '/tariffs/1',
  '/numbers',
  '/numbers/1',
  '/clients/1',
  '/clients/1/plan',
  '/clients/new',
  '/rules/1',
  '/rules/1/rehearse',
  '/recipients/new',
  '/accounts',
  '/taxes',
  '/tables',
  '/doctor',
  '/quote',
  '/users',
  '/me',
]

describe('the pages in a browser', () => {
  let web: Pages
  let browser: Browser
  let password: string

  beforeAll(async () => {
    const { source_id } = await anOffice(database.db)
    for (let nr = 0; nr < 3; nr++)
      await aCall(database.db, { source_id, calldate: new Date(Date.now() - 3_600_000).toISOString() })
    for (let nr = 0; nr < 5; nr++) await aCall(database.db, { source_id, src: '299' })
    await database.db.query(`insert into alert (message, severity) values ('something is wrong', 'critical')`)
    await drainStages(database.url)
    await rollUp(database.url)
    web = await startPages(database.url)
    password = await web.passwordOf('anna')
    browser = await openBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await web.stop()
  })

  async function visitor(how: { colorScheme: 'light' | 'dark'; width: number }): Promise<Page> {
    const { colorScheme, width } = how
    // Axe comes in by the developer's door: our own pages let no script in, and use none.
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 800 },
      bypassCSP: true,
    })
    const page = await context.newPage()
    await page.goto(`${web.base}/login`)
    await page.fill('[name=name]', 'anna')
    await page.fill('[name=password]', password)
    await page.click('button.first')
    return page
  }

  it.each([
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 1280 },
    { colorScheme: 'light', width: 390 },
  ] as const)('have nothing that shuts people out, $colorScheme, $width wide', async (how) => {
    const page = await visitor(how)
    for (const path of paths) {
      await page.goto(`${web.base}${path}`)
      expect([path, ...(await seriousOn(page))]).toEqual([path])
      const wider = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')
      expect(wider, `${path} is wider than the screen`).toBeLessThanOrEqual(0)
    }
    await page.context().close()
  })

  it('set calls going with one press, without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${web.base}/waiting`)
    await page.fill('[name=name]', 'anna')
    await page.fill('[name=password]', password)
    await page.press('[name=password]', 'Enter')
    expect(await page.textContent('h1')).toBe('Waiting calls')
    await page.click('text=It is this client')
    expect(await page.textContent('[role=status]')).toContain('Done. 5 calls')
    await drainStages(database.url)
    await page.goto(`${web.base}/waiting`)
    expect(await page.textContent('main')).toContain('No call waits for anybody.')
    await page.click('text=Alerts')
    await page.click('text=I do')
    expect(await page.textContent('main')).toContain('taken care of by anna')
    await page.click('text=Log out')
    expect(page.url()).toBe(`${web.base}/login`)
    await context.close()
  })
})
