// hub: one place to ask several databases. A program for people, not a stage. DATABASE_URL names the hub's own, empty database.
//   npm run hub -- --add west postgres://hub:…@west/paidcalls     asks this one, too; again after an upgrade
//   npm run hub -- --remove west                                  asks it no longer

import { parseArgs } from 'node:util'

import { withDatabase } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { readConfig } from '../shared/program/config.ts'
import { readName } from '../shared/program/arguments.ts'
import { runProgram } from '../shared/program/program.ts'
import { addToHub, removeFromHub } from '../shared/several/hub.ts'

runProgram(import.meta.url, 'hub', async () => {
  const { values, positionals } = parseArgs({
    options: { add: { type: 'string' }, remove: { type: 'string' } },
    allowPositionals: true,
  })
  const { add, remove } = values
  const [url, more] = positionals
  const { databaseUrl } = readConfig(process.env)
  if (add !== undefined && url !== undefined && more === undefined && remove === undefined) {
    const name = readName('--add', add)
    await withDatabase(databaseUrl, 'hub', (hub) => addToHub(hub, name, url))
    process.stdout.write(`hub: asks ${name}; select * from pipeline\n`)
    return
  }
  if (remove !== undefined && add === undefined && url === undefined) {
    const name = readName('--remove', remove)
    await withDatabase(databaseUrl, 'hub', (hub) => removeFromHub(hub, name))
    process.stdout.write(`hub: asks ${name} no longer\n`)
    return
  }
  throw new Complaint('Say --add NAME URL, or --remove NAME.')
})
