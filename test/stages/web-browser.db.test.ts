import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { openBrowser, seriousOn } from '../support/browser.ts'
import { aCall, anOffice, aPlan } from '../support/builders.ts'
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
  '/tariffs/beside?plan1=1&number=74951234567',
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
const ofClients = ['/portal', '/portal/calls', '/portal/reports', '/portal/statements', '/portal/alerts']

describe('the pages in a browser', () => {
  let office: Awaited<ReturnType<typeof anOffice>>
  let web: Pages
  let browser: Browser
  let password: string

  beforeAll(async () => {
    office = await anOffice(database.db)
    const { source_id } = office
    await aCall(database.db, { source_id, calldate: '2026-09-12T10:00:00Z' })
    for (let nr = 0; nr < 3; nr++)
      await aCall(database.db, { source_id, calldate: new Date(Date.now() - 3_600_000).toISOString() })
    for (let nr = 0; nr < 5; nr++) await aCall(database.db, { source_id, src: '299' })
    await database.db.query(`insert into alert (message, severity) values ('something is wrong', 'critical')`)
    await drainStages(database.url)
    await rollUp(database.url)
    web = await startPages(database.url)
    password = await web.passwordOf('anna')
    await database.db.query(
      `insert into web_user (name, role, client_id) values ('keeper', 'bookkeeper', null), ('acme', 'client', $1)`,
      [office.client_id],
    )
    browser = await openBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await web.stop()
  })

  async function visitor(
    how: { colorScheme: 'light' | 'dark'; width: number },
    name = 'anna',
    secret = password,
  ): Promise<Page> {
    const { colorScheme, width } = how
    // Axe comes in by the developer's door: our own pages let in no script but ours.
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 800 },
      bypassCSP: true,
    })
    const page = await context.newPage()
    await page.goto(`${web.base}/login`)
    await page.fill('[name=name]', name)
    await page.fill('[name=password]', secret)
    await page.click('button.first')
    return page
  }

  async function lookAtEach(page: Page, those: readonly string[]): Promise<void> {
    for (const path of those) {
      await page.goto(`${web.base}${path}`)
      expect([path, ...(await seriousOn(page))]).toEqual([path])
      const wider = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')
      expect(wider, `${path} is wider than the screen`).toBeLessThanOrEqual(0)
    }
  }

  it.each([
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 1280 },
    { colorScheme: 'light', width: 390 },
  ] as const)('have nothing that shuts people out, $colorScheme, $width wide', async (how) => {
    const page = await visitor(how)
    await lookAtEach(page, paths)
    await page.context().close()
  })

  it('shut no client out of the portal with a telephone', async () => {
    const page = await visitor({ colorScheme: 'dark', width: 390 }, 'acme', await web.passwordOf('acme'))
    await lookAtEach(page, ofClients)
    await page.context().close()
  })

  it('show how many alerts a threshold would have opened while it is dragged or moved by keys', async () => {
    const { rows } = await database.db.query<{ id: number }>(
      `select id from rule where metric = 'master value' order by id limit 1`,
    )
    const path = `/rules/${rows[0]?.id ?? 0}/rehearse?threshold=1`
    // As people have it, with the policy of ours.
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    const wrong: string[] = []
    page.on('console', (said) => wrong.push(said.text()))
    page.on('pageerror', (error) => wrong.push(error.message))
    await page.goto(`${web.base}/login`)
    await page.fill('[name=name]', 'anna')
    await page.fill('[name=password]', password)
    await page.click('button.first')
    expect((await page.goto(`${web.base}/rules`))?.headers()['content-security-policy']).not.toContain(
      'script',
    )
    const answer = await page.goto(`${web.base}${path}`)
    expect(answer?.headers()['content-security-policy']).toMatch(/; script-src 'self'$/)
    // Of each row of the table: the threshold and its alerts.
    const cells = await page
      .locator('table', { hasText: 'At other thresholds' })
      .locator('tbody td')
      .allInnerTexts()
    const table = cells.flatMap((cell, nr) =>
      nr % 3 === 0 ? [[cell.replace(/^above /, ''), cells[nr + 1] ?? '']] : [],
    )
    const shown = async () => [
      await page.textContent('[data-shown=threshold]'),
      await page.textContent('[data-shown=alerts]'),
    ]
    expect(await shown()).toEqual(table[6])
    expect(new Set(table.map(([, alerts]) => alerts)).size).toBe(2)
    const plot = await page.locator('.thresholds svg').boundingBox()
    if (!plot) throw new Error('there is no plot')
    const at = (part: number): [number, number] => [plot.x + plot.width * part, plot.y + plot.height / 2]
    await page.mouse.move(...at(0.5))
    await page.mouse.down()
    await page.mouse.move(...at(1))
    expect(await shown()).toEqual(table[12])
    await page.mouse.move(...at(0.05))
    await page.mouse.up()
    await page.mouse.move(...at(1))
    expect(await shown()).toEqual(table[0])
    await page.keyboard.press('ArrowRight')
    expect(await shown()).toEqual(table[1])
    expect(await page.inputValue('[name=threshold]')).toBe(table[1]?.[0])
    expect(await page.getAttribute('input[type=range]', 'aria-valuetext')).toContain(
      `${table[1]?.[1] ?? ''} alerts`,
    )
    expect(wrong).toEqual([])
    await context.close()
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
    await page.goto(`${web.base}/rules/1/rehearse`)
    expect(await page.isVisible('input[type=range]')).toBe(false)
    await page.fill('[name=threshold]', '3')
    await page.click('text=Rehearse')
    expect(await page.textContent('[data-shown=threshold]')).toBe('3')
    await page.click('text=Log out')
    expect(page.url()).toBe(`${web.base}/login`)
    await context.close()
  })

  // Adding an exchange, and a first price list: onboarding.db.test.ts.
  describe('let people do by themselves, without script:', () => {
    const contexts: BrowserContext[] = []
    let anna: Page
    let keeper: Page

    async function loggedIn(name: string): Promise<Page> {
      const context = await browser.newContext({ javaScriptEnabled: false })
      contexts.push(context)
      const page = await context.newPage()
      page.setDefaultTimeout(10_000)
      await page.goto(`${web.base}/login`)
      await page.fill('[name=name]', name)
      await page.fill('[name=password]', await web.passwordOf(name))
      await page.click('button.first')
      return page
    }
    const menu = (page: Page, name: string): Promise<void> => page.click(`nav a:text-is("${name}")`)
    const press = (page: Page, name: string): Promise<void> => page.click(`button:has-text("${name}")`)
    const text = (page: Page): Promise<string> => page.innerText('main')

    beforeAll(async () => {
      anna = await loggedIn('anna')
      keeper = await loggedIn('keeper')
    })
    afterAll(async () => {
      for (const context of contexts) await context.close()
    })

    it('give a client another plan from the first on', async () => {
      const winter = await aPlan(database.db, { name: 'Winter', base: office.tarifnum })
      await menu(anna, 'Clients')
      await anna.click(`main a[href="/clients/${office.client_id}"]`)
      await anna.click('text=Another plan from a day on')
      await anna.selectOption('[name=plan]', String(winter))
      await anna.fill('[name=from]', '2031-01-01')
      await press(anna, 'From then on')
      expect(await text(anna)).toContain('It has this plan from 2031-01-01 on.')
      expect(await anna.innerText('tr:has-text("Winter")')).toContain('1 Jan 2031')
    })

    it('look at a price list, load it, and take a price back that was entered by mistake', async () => {
      await menu(anna, 'Tariffs')
      await anna.click(`main a[href="/tariffs/${office.tarifnum}"]`)
      await anna.setInputFiles('[type=file]', {
        ...{ name: 'list.csv', mimeType: 'text/csv' },
        buffer: Buffer.from('code,price\n4420,0.05\n331,0.02\n'),
      })
      await anna.check('form:has([type=file]) [name=keep-gone]')
      await press(anna, 'Look what it would change')
      expect(await text(anna)).toContain('new 2, raised 0, lowered 0')
      await press(anna, 'Load it')
      expect(await text(anna)).toContain('written: 2 codes')
      await anna.fill('[name=code]', '4930')
      await anna.fill('[name=price]', '9')
      await press(anna, 'Save')
      expect(await text(anna)).toContain('4930 costs 9 a minute.')
      await menu(anna, 'Waiting calls')
      await press(anna, 'Undo: tarif 4930')
      expect(await text(anna)).toContain('Undone: tarif 4930.')
      await anna.goto(`${web.base}/tariffs/${office.tarifnum}`)
      const shown = await text(anna)
      expect([shown.includes('4420'), shown.includes('4930')]).toEqual([true, false])
    })

    it('issue a statement, which its client looks at and takes home, and take one back', async () => {
      await menu(keeper, 'Statements')
      await keeper.click('text=Make statements')
      await keeper.fill('details [name=month]', '2026-09')
      await press(keeper, 'Issue')
      expect(await text(keeper)).toContain('1 issued.')
      const number = await keeper.innerText('tbody td:first-child')

      const acme = await loggedIn('acme')
      expect(new URL(acme.url()).pathname).toBe('/portal')
      await menu(acme, 'Statements')
      expect(await text(acme)).toContain(number)
      const [file] = await Promise.all([
        acme.waitForEvent('download'),
        acme.click(`a[aria-label="${number} as PDF"]`),
      ])
      expect(file.suggestedFilename()).toBe(`${number}.pdf`)
      await menu(acme, 'Reports')
      await acme.selectOption('[name=month]', '2026-09')
      await press(acme, 'Show')
      await acme.click('text=Its calls')
      expect(await text(acme)).toContain('2026-09-12 10:00:00')

      await keeper.click(`a:text-is("${number}")`)
      await keeper.fill('[name=reason]', 'wrong address')
      await press(keeper, 'Take it back')
      expect(await text(keeper)).toContain('Void: wrong address.')
    })

    it('open an account, pay, and hold it', async () => {
      await menu(keeper, 'Accounts')
      await keeper.click('main a[href="/accounts/new"]')
      await keeper.selectOption('[name=client_id]', String(office.client_id))
      await keeper.fill('[name=currency]', 'EUR')
      await press(keeper, 'Save')
      await keeper.click('main a[href^="/payments/new"]')
      await keeper.fill('[name=amount]', '10.50')
      await keeper.fill('[name=reference]', 'bank 1')
      await press(keeper, 'Save')
      expect(await text(keeper)).toContain('Added')
      await menu(anna, 'Accounts')
      expect(await text(anna)).toContain('10.5')
      await anna.click('main a[href^="/accounts/"]:not([href$=new])')
      await anna.fill('[name=hold]', 'not paid')
      await press(anna, 'Save')
      await menu(anna, 'Accounts')
      expect(await anna.innerText('tbody .bad')).toBe('not paid')
    })

    it('rehearse a rule at its threshold and at another', async () => {
      await menu(anna, 'Rules')
      await anna.click('summary >> nth=0')
      await anna.click('text=Which alerts would it have opened? >> nth=0')
      await anna.fill('[name=threshold]', '123456')
      await press(anna, 'Rehearse')
      expect(await text(anna)).toContain('above 123456')
    })

    it('make a key, which a program uses until it is ended', async () => {
      await menu(anna, 'Keys')
      await anna.fill('[name=name]', 'shop')
      await anna.selectOption('[name=role]', 'operator')
      await anna.check('[name=scope-calls]')
      await press(anna, 'Make a key')
      const authorization = `Bearer ${await anna.innerText('main code')}`
      const asked = () => fetch(`${web.base}/api/v1/calls`, { headers: { authorization } })
      expect((await asked()).status).toBe(200)
      await menu(anna, 'Keys')
      await press(anna, 'End')
      expect(await text(anna)).toContain('The key shop is ended')
      await vi.waitFor(async () => {
        expect((await asked()).status).toBe(401)
      }, 3_000)
    })
  })
})
