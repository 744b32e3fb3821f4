import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'

import { aPlan, aSource } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages, Visitor } from '../support/pages.ts'

const database = useDatabase()

const megabytes = (many: number, text = ' '): Buffer => Buffer.alloc(many * 1_000_000, text)

/** A workbook with this sheet and these texts. */
function workbook(
  sheet: Buffer,
  texts = '<sst/>',
  more: [string, Buffer][] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const zip = new ZipFile()
  const add = (name: string, text: string | Buffer): void => {
    zip.addBuffer(Buffer.from(text), name)
  }
  add('xl/workbook.xml', '<workbook xmlns:r="r"><sheets><sheet name="one" r:id="r1"/></sheets></workbook>')
  add(
    'xl/_rels/workbook.xml.rels',
    '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
  )
  add('xl/worksheets/sheet1.xml', sheet)
  add('xl/sharedStrings.xml', texts)
  for (const [name, text] of more) add(name, text)
  zip.end()
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    zip.outputStream.on('data', (part: Buffer) => parts.push(part))
    zip.outputStream.once('error', reject)
    zip.outputStream.once('end', () => {
      resolve(new Uint8Array(Buffer.concat(parts)))
    })
  })
}

const deck = 'code,price\n4420,0.05\n'

describe('files that are sent', () => {
  let web: Pages
  let anna: Visitor
  let boris: Visitor
  let csrf: string
  let plan: string
  const base = mkdtempSync(join(tmpdir(), 'paidcalls-uploads-'))
  const [temporary, exchanges] = [mkdtempSync(join(base, 'tmp-')), mkdtempSync(join(base, 'data-'))]

  beforeAll(async () => {
    plan = `/tariffs/${await aPlan(database.db)}`
    web = await startPages(database.url, { TMPDIR: temporary, EXCHANGES_FOLDER: exchanges })
    anna = await visitor(web, 'anna')
    boris = await visitor(web, 'boris')
    csrf = await anna.csrf()
  }, 60_000)
  afterAll(async () => {
    await web.stop()
    const left = readdirSync(temporary).filter((name) => name.startsWith('paidcalls-'))
    rmSync(base, { recursive: true, force: true })
    expect(left).toEqual([])
  })

  const form = { do: 'check', from: '2031-01-01' }
  const sent = (name: string, text: string | Uint8Array<ArrayBuffer>) => anna.send(plan, form, { name, text })
  const uploads = (): string[] =>
    readdirSync(temporary).filter((name) => name.startsWith('paidcalls-upload-'))

  /** A body as it is, in pieces; closed before its end when it ends in null. */
  function raw(
    path: string,
    type: string,
    body: (string | null)[],
    headers: Record<string, string | number> = {},
  ): Promise<number> {
    return new Promise((resolve) => {
      const asked = request(
        `${web.base}${path}`,
        { method: 'POST', headers: { 'content-type': type, cookie: anna.cookie, ...headers } },
        (answer) => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
        },
      )
      asked.once('error', () => {
        resolve(0)
      })
      for (const piece of body)
        if (piece === null) setTimeout(() => asked.destroy(), 200)
        else asked.write(piece)
      if (!body.includes(null)) asked.end()
    })
  }
  const part = (name: string, value: string, more = '', type = ''): string =>
    `--b\r\ncontent-disposition: form-data; name="${name}"${more}\r\n${type}\r\n${value}\r\n`
  const multipart = 'multipart/form-data; boundary=b'
  const head = (): string => part('csrf', csrf) + part('do', 'check') + part('from', '2031-01-01')

  it.each([
    ['unpacks to more than any price list', () => workbook(megabytes(260)), 'no price list is so large'],
    [
      'has many large parts',
      () =>
        workbook(
          Buffer.from('<x/>'),
          '<sst/>',
          Array.from({ length: 30 }, (_, nr) => [`xl/${nr}.xml`, megabytes(10)]),
        ),
      'no price list is so large',
    ],
    [
      'holds texts without end',
      () => workbook(Buffer.from('<x/>'), `<sst><si><t>${'x'.repeat(70_000_000)}</t></si></sst>`),
      'more than 64 MB of text',
    ],
    [
      'holds entities that grow',
      () =>
        workbook(
          Buffer.from(
            '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>',
          ),
        ),
      'is broken',
    ],
    [
      'asks for a file of this host',
      () =>
        workbook(
          Buffer.from(
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>',
          ),
        ),
      'is broken',
    ],
    [
      'has rows as wide as can be',
      () =>
        workbook(
          Buffer.from(
            `<worksheet><sheetData>${'<row><c r="XFD1"><v>1</v></c></row>'.repeat(200_000)}</sheetData></worksheet>`,
          ),
        ),
      'role="alert"',
    ],
  ])('a workbook that %s is refused, and pages are shown meanwhile', async (_what, made, said) => {
    const bomb = await made()
    expect(bomb.length).toBeLessThan(1_000_000)
    const began = performance.now()
    const refused = sent('list.xlsx', bomb)
    let longest = 0
    let isDone = false
    void refused.finally(() => (isDone = true))
    const isOver = (): boolean => isDone
    while (!isOver()) {
      const asked = performance.now()
      await boris.get('/health')
      longest = Math.max(longest, performance.now() - asked)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const { text } = await refused
    expect(text).toContain(said)
    expect(text).not.toMatch(/root:|paidcalls-upload|paidcalls-kept/)
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(longest).toBeLessThan(2_000)
  })

  it.each([
    [
      'thousands of fields',
      () => [head() + Array.from({ length: 3_000 }, (_, nr) => part(`f${nr}`, 'x')).join('') + '--b--\r\n'],
    ],
    ['a field without end', () => [head() + part('code-prefix', 'x'.repeat(5_000_000)) + '--b--\r\n']],
    [
      'two files',
      () => [
        head() +
          part('file', deck, '; filename="a.csv"') +
          part('file', deck, '; filename="b.csv"') +
          '--b--\r\n',
      ],
    ],
    ['no end', () => [head() + part('file', deck, '; filename="a.csv"')]],
    ['no end, and a connection that is cut', () => [head() + part('file', deck, '; filename="a.csv"'), null]],
    ['another boundary', () => [head().replaceAll('--b', '--c')]],
    [
      'a field called __proto__',
      () => [head() + part('__proto__', 'x') + part('constructor', 'x') + '--b--\r\n'],
    ],
    ['nothing', () => ['']],
    ['what is no part', () => ['x'.repeat(100_000)]],
    ['a header without end', () => [`--b\r\ncontent-disposition: form-data; name="${'x'.repeat(200_000)}`]],
    [
      'a NUL',
      () => [
        head() +
          part('since', '\u0000') +
          part('file', 'code,price\n4420\u0000,0.05\n', '; filename="a\u0000.csv"') +
          '--b--\r\n',
      ],
    ],
    [
      'a file without a name',
      () => [head() + part('file', deck, '', 'content-type: application/octet-stream\r\n') + '--b--\r\n'],
    ],
  ])('of %s become nothing, and nothing stumbles', async (_what, body) => {
    const status = await raw(plan, multipart, body())
    expect([0, 200, 400, 403, 413]).toContain(status)
    await expect.poll(uploads).toEqual([])
  })

  it.each([
    'multipart/form-data',
    'multipart/mixed; boundary=b',
    'application/xml',
    'text/plain',
    'application/json',
    'application/octet-stream',
    'nonsense',
    '',
  ])('with the content type "%s" become nothing', async (type) => {
    const status = await raw(plan, type, [`${head()}--b--\r\n`])
    expect([400, 403, 406, 415]).toContain(status)
    expect(uploads()).toEqual([])
  })

  it('without the token are not kept, however long they are', async () => {
    const piece = 'x'.repeat(1_000_000)
    const status = await raw(plan, multipart, [
      part('do', 'check') + `--b\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n`,
      ...Array.from({ length: 60 }, () => piece),
    ])
    expect([0, 403]).toContain(status)
    await expect.poll(uploads).toEqual([])
  })

  it.each([
    '../../../../tmp/evil.csv',
    '..\\..\\evil.csv',
    'a"b\r\nset-cookie: x=1.csv',
    '"><x-evil>.csv',
    `${'long'.repeat(2_000)}.csv`,
    '.csv',
    '...',
    '\u202egnp.csv',
    'a.csv/',
    '/',
  ])('called %j are files for people, and nothing else', async (name) => {
    const { status, text } = await sent(name, deck)
    expect([200, 400]).toContain(status)
    expect(text).not.toMatch(/<x-evil|\.\.\/|\u202e/)
    expect(existsSync('/tmp/evil.csv')).toBe(false)
    expect(text.length).toBeLessThan(100_000)
  })

  it('are got again by who sent them, and by nobody else, and the last ones only', async () => {
    const wordOf = (text: string): string => /name="file"\s+value="([^"]+)"/.exec(text)?.[1] ?? ''
    const word = wordOf((await sent('mine.csv', deck)).text)
    expect(word).toMatch(/^[\w-]{22}$/)
    for (const [who, file, isKept] of [
      [anna, word, true],
      [boris, word, false],
      [anna, `${word}x`, false],
      [anna, '../../etc/passwd', false],
      [anna, '__proto__', false],
    ] as const) {
      const { text } = await who.send(plan, { ...form, file })
      expect(text.includes('not kept any more'), file).toBe(!isKept)
    }
    for (let nr = 0; nr < 8; nr++) await sent('other.csv', deck)
    expect((await anna.send(plan, { ...form, file: word })).text).toContain('not kept any more')
    expect(readdirSync(temporary).filter((name) => name.startsWith('paidcalls-kept-')).length).toBeLessThan(
      10,
    )
  })

  it.each(['..', '.', '../x', 'a/b', '.hidden', 'a\\b', 'x\ny', '~'])(
    'of an exchange called %j lead out of no folder',
    async (name) => {
      const id = await aSource(database.db, { name }).catch(() => undefined)
      if (id === undefined) return
      const { status } = await anna.send(
        `/sources/${encodeURIComponent(name)}`,
        { do: 'upload' },
        { name: 'a.csv', text: 'x,y\n' },
      )
      expect([303, 400, 404]).toContain(status)
      expect(readdirSync(base).sort()).toEqual(
        [exchanges, temporary].map((path) => path.split('/').at(-1)).sort(),
      )
      expect(readdirSync(exchanges).filter((entry) => entry !== 'incoming')).toEqual([])
      await database.db.query('delete from source where id = $1', [id])
    },
  )

  it('of this host are read at a page only where an exchange may keep records', async () => {
    await aSource(database.db, { name: 'office' })
    writeFileSync(join(exchanges, 'secrets.json'), '{"postgres":"very-secret"}\n')
    writeFileSync(join(exchanges, 'secrets.csv'), 'very-secret,very-secret\n')
    symlinkSync(join(exchanges, 'secrets.json'), join(base, 'link.json'))
    writeFileSync(join(base, '.env'), 'PASSWORD=very-secret\n')
    writeFileSync(join(base, 'Master.csv'), '"","201","84951234567"\n')
    for (const address of [
      `csv://${exchanges}/secrets.json`,
      `jsonl://${exchanges}/secrets.json`,
      `csv://${exchanges}/secrets.csv`,
      `csv://${exchanges}/incoming/../secrets.csv`,
      `csv://${base}/.env`,
      `jsonl://${base}/link.json`,
      'csv:///etc/passwd',
      'csv:///%zz/%ff.conf',
      'csv:///proc/self/environ',
      'jsonl:///proc/self/environ',
      'sqlite:///etc/passwd?table=cdr',
      `json://${exchanges}`,
      `xml://${exchanges}`,
      'json:///etc',
      'file:///etc/passwd',
      'http://127.0.0.1/',
      'csv://evil.example/etc/passwd',
    ])
      for (const action of ['look', 'address']) {
        const { text } = await anna.send('/sources/office', { do: action, address })
        expect(text).not.toMatch(/very-secret|root:|PATH=/)
        expect(text, address).toMatch(/no exchange keeps its records|cannot be read from|names no file/)
      }
    const { text } = await anna.send('/sources/office', { do: 'look', address: `csv://${base}/Master.csv` })
    expect(text).not.toContain('no exchange keeps its records')
  })
})
