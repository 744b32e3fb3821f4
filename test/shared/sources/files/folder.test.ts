import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { readJsonFolder, readXmlFolder } from '../../../../shared/sources/files/folder.ts'
import { freeswitch } from '../../../../shared/sources/formats/freeswitch.ts'
import type { Batch, Reader } from '../../../../shared/sources/record/reader.ts'
import { readAll } from '../../../support/importing.ts'

const root = mkdtempSync(join(tmpdir(), 'paidcalls-folder-'))
let names = 0

afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

function aFolder(): string {
  const folder = join(root, String(names++))
  mkdirSync(folder)
  return folder
}

const urlOf = (folder: string): URL => new URL(pathToFileURL(folder).href.replace('file:', 'json:'))
const openOn = (folder: string): Reader => readJsonFolder(urlOf(folder), freeswitch)
const call = (uuid: string): string =>
  JSON.stringify({
    variables: { uuid, start_epoch: '1772445900', billsec: '60', channel_name: 'x' },
    callflow: [{ caller_profile: { destination_number: '1' } }],
  })
const uuids = (batch: Pick<Batch, 'records'>): (string | null | undefined)[] =>
  batch.records.map(({ record }) => record['uuid'])

describe('a folder with a file a call', () => {
  it('is read once, whatever dates files bear and in whatever folder they come', async () => {
    const folder = aFolder()
    const reader = openOn(folder)
    writeFileSync(join(folder, 'a.cdr.json'), call('a'))
    await reader.open()
    const first = await readAll(reader)
    expect(uuids(first)).toEqual(['a'])
    mkdirSync(join(folder, '2026-03-02'))
    writeFileSync(join(folder, '2026-03-02', 'b.cdr.json'), call('b'))
    const elsewhere = join(root, 'old.json')
    writeFileSync(elsewhere, call('c'))
    utimesSync(elsewhere, new Date('2020-01-01'), new Date('2020-01-01'))
    renameSync(elsewhere, join(folder, 'old.json'))
    writeFileSync(join(folder, 'notes.txt'), 'no call')
    const second = await readAll(reader, first.position)
    expect(uuids(second).sort()).toEqual(['b', 'c'])
    expect(uuids(await readAll(reader, second.position))).toEqual([])
  })

  it('is read on by another process, and what came while none was there', async () => {
    const folder = aFolder()
    writeFileSync(join(folder, 'a.json'), call('a'))
    const { position } = await readAll(openOn(folder))
    writeFileSync(join(folder, 'b.json'), call('b'))
    const { records } = await readAll(openOn(folder), position)
    // The last seconds are read again; a record is known by its bytes.
    expect(records.map(({ record }) => record['uuid'])).toContain('b')
    const keys = await readAll(openOn(folder))
    expect(new Set(keys.records.map(({ source_key }) => source_key)).size).toBe(2)
  })

  it('is read again from where it was when a batch was not stored', async () => {
    const folder = aFolder()
    const reader = openOn(folder)
    writeFileSync(join(folder, 'a.json'), call('a'))
    expect(uuids(await reader.read({}))).toEqual(['a'])
    const again = await reader.read({})
    expect(uuids(again)).toEqual(['a'])
    expect(uuids(await reader.read(again.position))).toEqual([])
  })

  it('gives a thousand files at once and says that there are more', async () => {
    const folder = aFolder()
    for (let file = 0; file < 1_200; file++) writeFileSync(join(folder, `${file}.json`), call(String(file)))
    const reader = openOn(folder)
    const batch = await reader.read({})
    expect([batch.records.length, batch.more]).toEqual([1_000, true])
    const { records } = await readAll(reader, batch.position)
    expect(new Set([...uuids(batch), ...uuids({ records })]).size).toBe(1_200)
  })

  it('waits for a file that is still being written, and keeps one that stays unreadable with its reason', async () => {
    const folder = aFolder()
    const reader = openOn(folder)
    writeFileSync(join(folder, 'half.json'), call('a').slice(0, 30))
    const waiting = await reader.read({})
    expect(waiting).toMatchObject({ records: [], more: false })
    writeFileSync(join(folder, 'half.json'), call('a'))
    expect(uuids(await readAll(reader, waiting.position))).toEqual(['a'])
    const xml = readXmlFolder(new URL(urlOf(folder).href.replace('json:', 'xml:')), freeswitch)
    writeFileSync(join(folder, 'bad.xml'), '<cdr><variables></cdr>')
    const now = Date.now
    Date.now = () => now() + 61_000
    const { records } = await readAll(xml).finally(() => {
      Date.now = now
    })
    expect(records).toMatchObject([{ unreadable: 'bad.xml cannot be read as XML' }])
  })

  it('does not follow entities of XML, and is no bomb', async () => {
    const folder = aFolder()
    const entity =
      '<!DOCTYPE cdr [<!ENTITY a "xxxx"><!ENTITY b "&a;&a;">]><cdr><variables><uuid>&b;</uuid></variables></cdr>'
    writeFileSync(join(folder, 'bomb.xml'), entity)
    const now = Date.now
    Date.now = () => now() + 61_000
    const xml = readXmlFolder(new URL(urlOf(folder).href.replace('json:', 'xml:')), freeswitch)
    const { records } = await readAll(xml).finally(() => {
      Date.now = now
    })
    expect(records).toMatchObject([{ unreadable: 'bomb.xml cannot be read as XML' }])
  })

  it('is refused when it is none, with what to do', async () => {
    await expect(openOn(join(root, 'nowhere')).open()).rejects.toThrow(
      /^There is no folder .*nowhere: check the path in CDR_URL\.$/,
    )
  })
})
