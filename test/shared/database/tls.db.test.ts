import { chownSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startPostgres } from '../../../shared/embedded/server.ts'
import type { Server } from '../../../shared/embedded/server.ts'
import { connect, disconnect } from '../../../shared/database/connect.ts'
import { sentenceFor } from '../../../shared/errors/sentence.ts'
import { mysqlServer } from '../../../shared/sources/servers/mysql-connection.ts'
import { canSign, makeCertificates } from '../../support/certificates.ts'
import type { Certificates } from '../../support/certificates.ts'
import { startOwnMysql } from '../../support/mariadb.ts'
import type { Mysql } from '../../support/mariadb.ts'

type Shown = 'right' | 'otherName' | 'expired'
type Trusted = 'authority' | 'stranger'

const cases: [what: string, shown: Shown, trusted: Trusted, sentence: RegExp][] = [
  [
    'another authority has signed it',
    'right',
    'stranger',
    /^Nobody this host trusts has signed the server's certificate/,
  ],
  [
    'it is for another name',
    'otherName',
    'authority',
    /^The server's certificate is for another name \(.*billing\.example\.net/,
  ],
  ['it has expired', 'expired', 'authority', /^The server's certificate has expired/],
]

let certificates: Certificates
beforeAll(() => {
  if (canSign) certificates = makeCertificates()
})
afterAll(() => {
  if (canSign) rmSync(certificates.folder, { recursive: true, force: true })
})

const said = (attempt: Promise<unknown>): Promise<string> => attempt.then(() => 'connected', sentenceFor)

describe.skipIf(!canSign)('a certificate of PostgreSQL (needs openssl)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-tls-server-'))
  let server: Server | undefined

  beforeAll(async () => {
    server = await startPostgres(folder)
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function answer(shown: Shown, settings: string, host = 'localhost'): Promise<string> {
    if (!server) throw new Error('The server is there from the first test on.')
    const data = join(server.folder, 'data')
    const { uid, gid } = statSync(data)
    for (const [from, to] of [
      [certificates[shown], 'server.crt'],
      [certificates.key, 'server.key'],
    ] as const) {
      copyFileSync(from, join(data, to))
      chownSync(join(data, to), uid, gid)
    }
    const admin = await connect(server.url(), 'test')
    await admin.query('alter system set ssl = on')
    await admin.query('select pg_reload_conf(), pg_sleep(0.3)')
    await disconnect(admin)
    const url = `${server.url().replace('127.0.0.1', host)}?${settings}`
    return said(
      connect(url, 'test').then(async (db) => {
        const { rows } = await db.query<{ ssl: boolean }>(
          'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
        )
        await disconnect(db)
        if (!rows[0]?.ssl) throw new Error('not encrypted')
      }),
    )
  }

  it.each(['verify-full', 'require'])('is accepted when it is right, for sslmode=%s', async (mode) => {
    expect(await answer('right', `sslmode=${mode}&sslrootcert=${certificates.authority}`)).toBe('connected')
  })

  it.each(cases)('is refused when %s', async (_what, shown, trusted, sentence) => {
    expect(await answer(shown, `sslmode=verify-full&sslrootcert=${certificates[trusted]}`)).toMatch(sentence)
  })

  it('is refused when it does not bear the address in the URL', async () => {
    expect(
      await answer('right', `sslmode=verify-full&sslrootcert=${certificates.authority}`, '127.0.0.1'),
    ).toMatch(/another name/)
  })

  it('is refused when nobody vouches for it, with sslmode=require alone', async () => {
    expect(await answer('right', 'sslmode=require')).toMatch(/^Nobody this host trusts/)
  })

  it('is not looked at with sslmode=no-verify', async () => {
    expect(await answer('expired', 'sslmode=no-verify')).toBe('connected')
  })

  it('cannot be shown by a server without TLS', async () => {
    if (!server) throw new Error('The server is there from the first test on.')
    const admin = await connect(server.url(), 'test')
    await admin.query('alter system set ssl = off')
    await admin.query('select pg_reload_conf(), pg_sleep(0.3)')
    await disconnect(admin)
    const url = `${server.url()}?sslmode=verify-full&sslrootcert=${certificates.authority}`
    expect(await said(connect(url, 'test'))).toMatch(/^The server does not offer TLS/)
  })
})

describe.skipIf(!canSign)('a certificate of MariaDB (needs openssl)', () => {
  let server: Mysql | undefined
  let secret = ''

  beforeAll(async () => {
    copyFileSync(certificates.right, join(certificates.folder, 'shown.pem'))
    server = await startOwnMysql([
      `--ssl-cert=${join(certificates.folder, 'shown.pem')}`,
      `--ssl-key=${certificates.key}`,
      `--ssl-ca=${certificates.authority}`,
    ])
    secret = new URL(server.url).password
  })
  afterAll(() => server?.stop())

  async function answer(shown: Shown, settings: string, host = 'localhost'): Promise<string> {
    if (!server) throw new Error('The server is there from the first test on.')
    copyFileSync(certificates[shown], join(certificates.folder, 'shown.pem'))
    const admin = await createConnection(server.url)
    await admin.query('flush ssl')
    await admin.end()
    const mysql = mysqlServer(new URL(`${server.url.replace('127.0.0.1', host)}?${settings}`))
    const outcome = await said(
      mysql.ask(`show session status like 'Ssl_version'`).then(([row]) => {
        if (!row?.['value']) throw new Error('not encrypted')
      }),
    )
    mysql.drop()
    expect(outcome).not.toContain(secret)
    return outcome
  }

  it.each(['ssl-mode=VERIFY_IDENTITY&', 'ssl-mode=verify_ca&', ''])(
    'is accepted when it is right: %s',
    async (mode) => {
      expect(await answer('right', `${mode}ssl-ca=${certificates.authority}`)).toBe('connected')
    },
  )

  it.each(cases)('is refused when %s', async (_what, shown, trusted, sentence) => {
    expect(await answer(shown, `ssl-ca=${certificates[trusted]}`)).toMatch(sentence)
  })

  it('may bear another name with ssl-mode=VERIFY_CA', async () => {
    expect(
      await answer('otherName', `ssl-mode=VERIFY_CA&ssl-ca=${certificates.authority}`, '127.0.0.1'),
    ).toBe('connected')
  })

  it('is not looked at with ssl-mode=REQUIRED', async () => {
    expect(await answer('expired', 'ssl-mode=REQUIRED')).toBe('connected')
  })

  it('cannot be compared with an address', async () => {
    expect(await answer('right', `ssl-ca=${certificates.authority}`, '127.0.0.1')).toMatch(
      /wants a host name/,
    )
  })

  it('is wanted from a file that is there', async () => {
    expect(await answer('right', 'ssl-ca=/nowhere/ca.pem')).toMatch(
      /names a file that is not there: \/nowhere\/ca\.pem/,
    )
  })
})
