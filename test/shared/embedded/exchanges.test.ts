import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  dropWaiting,
  exchangesIn,
  keepWaiting,
  readFrom,
  takeWaiting,
  waitingFile,
} from '../../../shared/embedded/exchanges.ts'

describe('the exchanges of npm start', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'exchanges-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const upload = (text: string): string => {
    const path = join(folder, 'uploaded')
    writeFileSync(path, text)
    return path
  }

  it('are found again as they were entered, whatever they are called', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((name) => !/["\r\n\\]/.test(name)),
          fc.webUrl().filter((url) => !/["\r\n\\]/.test(url)),
        ),
        async (all) => {
          rmSync(join(folder, 'exchanges.env'), { force: true })
          for (const [name, url] of Object.entries(all)) await readFrom(folder, name, url)
          expect(await exchangesIn(folder)).toEqual(new Map(Object.entries(all)))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('keep their passwords in a file that nobody else may read', async () => {
    await readFrom(folder, 'office', 'mysql://cdr:secret@pbx/asteriskcdrdb?table=cdr')
    expect(statSync(join(folder, 'exchanges.env')).mode & 0o077).toBe(0)
  })

  it.each(['a"b', 'a\nSOURCE_9=evil', 'a\\'])('cannot be called %j, and nothing is written', async (name) => {
    await readFrom(folder, 'office', 'csv:///a')
    await expect(readFrom(folder, name, 'csv:///b')).rejects.toThrow('holds no "')
    await expect(readFrom(folder, 'other', `csv:///${name}`)).rejects.toThrow('holds no "')
    expect([...(await exchangesIn(folder)).keys()]).toEqual(['office'])
  })

  it.each(['..', '../../etc', 'a/b', '.hidden', ''])('have no folder that is called %j', (name) => {
    expect(() => waitingFile(folder, name)).toThrow('can be none')
  })

  it('have a file read that was looked at, and the one before it beside it', async () => {
    await keepWaiting(folder, 'office', upload('one'))
    await takeWaiting(folder, 'office')
    await keepWaiting(folder, 'office', upload('never read'))
    await dropWaiting(folder, 'office')
    await keepWaiting(folder, 'office', upload('two\n'))
    expect([...(await exchangesIn(folder)).values()]).toEqual([
      `csv://${join(folder, 'incoming', 'office', 'Master.csv')}`,
    ])
    await takeWaiting(folder, 'office')
    await expect(takeWaiting(folder, 'office')).rejects.toThrow('taken already')
    const incoming = join(folder, 'incoming', 'office')
    const files = readdirSync(incoming)
      .filter((name) => name !== 'waiting')
      .sort()
    expect(files).toEqual(['Master.csv', expect.stringMatching(/^Master\.csv\.\d+$/)])
    // A last line without its end would not be read.
    expect(files.map((name) => readFileSync(join(incoming, name), 'utf8'))).toEqual(['two\n', 'one\n'])
  })
})
