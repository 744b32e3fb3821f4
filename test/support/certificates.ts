// Certificates of an authority of the test's own, made by openssl.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** False on a machine without openssl. */
export const canSign = spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0

export interface Certificates {
  folder: string
  /** The authority, and one that has signed nothing. */
  authority: string
  stranger: string
  key: string
  /** For localhost; for another name; for localhost, until yesterday. */
  right: string
  otherName: string
  expired: string
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-tls-'))
  chmodSync(folder, 0o755)
  const path = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  for (const name of ['authority', 'stranger'])
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
    )
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'server.key')
  const sign = (name: string, host: string, days: number): void => {
    openssl(
      'req',
      '-new',
      '-key',
      'server.key',
      '-out',
      'request',
      '-subj',
      `/CN=${host}`,
      '-addext',
      `subjectAltName=DNS:${host}`,
    )
    openssl(
      'x509',
      '-req',
      '-in',
      'request',
      '-CA',
      'authority.pem',
      '-CAkey',
      'authority.key',
      '-copy_extensions',
      'copy',
      '-days',
      String(days),
      '-out',
      `${name}.pem`,
    )
  }
  sign('right', 'localhost', 2)
  sign('otherName', 'billing.example.net', 2)
  sign('expired', 'localhost', -1)
  chmodSync(path('server.key'), 0o600)
  return {
    folder,
    authority: path('authority.pem'),
    stranger: path('stranger.pem'),
    key: path('server.key'),
    right: path('right.pem'),
    otherName: path('otherName.pem'),
    expired: path('expired.pem'),
  }
}
