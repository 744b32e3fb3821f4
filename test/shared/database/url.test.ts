import { describe, expect, it } from 'vitest'

import { nameOf, serversOf } from '../../../shared/database/url.ts'
import { sentenceFor } from '../../../shared/errors/sentence.ts'
import { isNobodysFault } from '../../../shared/errors/whose-fault.ts'

describe('the URL of the billing database', () => {
  it.each<[what: string, url: string, urls: string[]]>([
    ['one host', 'postgres://u:p@one:5432/db', ['postgres://u:p@one:5432/db']],
    ['no port and no database', 'postgresql://u@one', ['postgresql://u@one']],
    [
      'several hosts, with and without a port',
      'postgres://u:p@one:5432,two,three:5433/db?sslmode=disable',
      [
        'postgres://u:p@one:5432/db?sslmode=disable',
        'postgres://u:p@two/db?sslmode=disable',
        'postgres://u:p@three:5433/db?sslmode=disable',
      ],
    ],
    [
      'IPv6',
      'postgres://u@[::1]:5432,[fe80::2]/db',
      ['postgres://u@[::1]:5432/db', 'postgres://u@[fe80::2]/db'],
    ],
    [
      'commas and @ in a password',
      'postgres://u:a%2Cb%40c@one,two/db',
      ['postgres://u:a%2Cb%40c@one/db', 'postgres://u:a%2Cb%40c@two/db'],
    ],
    ['a comma in a password as it is', 'postgres://u:a,b@one/db', ['postgres://u:a,b@one/db']],
    ['a socket', 'postgres:///db?host=/run/postgresql', ['postgres:///db?host=%2Frun%2Fpostgresql']],
    [
      'a socket and a user',
      'postgres://u@/db?host=/run/postgresql',
      ['postgres://u@/db?host=%2Frun%2Fpostgresql'],
    ],
  ])('names %s', (_what, url, urls) => {
    expect(serversOf(url).urls).toEqual(urls)
  })

  it.each(['prefer', 'require', 'verify-ca', 'verify-full'])(
    'verifies the server when asked for sslmode=%s',
    (mode) => {
      expect(serversOf(`postgres://one/db?sslmode=${mode}&uselibpqcompat=true`).urls).toEqual([
        'postgres://one/db?sslmode=verify-full',
      ])
    },
  )

  it.each([
    ['', true],
    ['?target_session_attrs=read-write', true],
    ['?target_session_attrs=primary', true],
    ['?target_session_attrs=any', false],
  ])('wants a server that can be written unless told otherwise: "%s"', (settings, written) => {
    expect(serversOf(`postgres://one,two/db${settings}`).written).toBe(written)
  })

  it.each([
    ['another protocol', 'mysql://u:secret@one/db', /must begin with/],
    ['a port that is none', 'postgres://u:secret@one:port/db', /is like postgres/],
    ['a password with a slash', 'postgres://u:sec/ret@one/db', /is like postgres/],
    ['a space between hosts', 'postgres://u:secret@one, two/db', /is like postgres/],
    ['an unknown mode of TLS', 'postgres://u:secret@one/db?sslmode=maybe', /sslmode/],
    [
      'an unknown kind of server',
      'postgres://u:secret@one/db?target_session_attrs=standby',
      /target_session_attrs/,
    ],
    [
      'a certificate that is not there',
      'postgres://u:secret@one/db?sslrootcert=/nowhere/ca.pem',
      /\/nowhere\/ca\.pem/,
    ],
  ])('is refused without being repeated for %s', (_what, url, sentence) => {
    expect(() => serversOf(url)).toThrow(sentence)
    expect(() => serversOf(url)).not.toThrow(/secret|ret@/)
  })

  it('names a server without its user and password', () => {
    expect(nameOf('postgres://u:secret@one:5432/db')).toBe('one:5432')
    expect(nameOf('postgres://u:secret@/db?host=/run')).toBe('the server of this host')
  })
})

describe('an error', () => {
  it.each([
    ['a URL', 'cannot open postgres://u:secret@one/db'],
    ['a password with @ and /', 'cannot open postgres://u:se@cr/secret@one/db'],
    ['a setting', 'cannot open postgres://one/db?user=u&password=secret&sslmode=disable'],
  ])('is told without the password in %s', (_where, message) => {
    expect(sentenceFor(new Error(message))).not.toMatch(/secret|se@cr/)
  })

  it('of a server that only reads is nobody’s fault', () => {
    const error = Object.assign(new Error('two:5432 only reads'), { code: '25006' })
    expect(isNobodysFault(error)).toBe(true)
    expect(sentenceFor(error)).toMatch(/^No server of DATABASE_URL can be written \(two:5432 only reads\)/)
  })
})
