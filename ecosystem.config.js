// Which stages run on this host under pm2, and how many processes of each. Counts come from the environment,
// so that every host runs the same file: CLIENT_PROCESSES=4 TARIFF_PROCESSES=2 npx pm2 start ecosystem.config.js
// Settings in .env beside this file are read as well; each process reads them again when it starts, so that an edit counts with the
// next reload: what is handed to pm2 here it keeps for ever.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'

const root = fileURLToPath(new URL('.', import.meta.url))
const envFile = fileURLToPath(new URL('.env', import.meta.url))
/** @type {Record<string, string | undefined>} */
const settings = { ...(existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {}), ...process.env }

/**
 * How many processes of a stage this host runs.
 * @param {string} stage
 * @param {number} otherwise
 */
function processes(stage, otherwise) {
  const name = `${stage.toUpperCase()}_PROCESSES`
  const count = Number(settings[name] ?? otherwise)
  if (!Number.isInteger(count) || count < 0)
    throw new Error(`${name} must be a whole number, not "${settings[name] ?? ''}".`)
  return count
}

// In the order of their ports.
export const stages = [
  'import',
  'client',
  'destination',
  'tariff',
  'schedule',
  'rollup',
  'authorize',
  'watch',
  'notify',
  'web',
]
let exchanges = 0

/**
 * Twenty ports for each stage, so that no two processes of this host want the same: METRICS_PORT and on for import,
 * METRICS_PORT + 20 and on for client …
 * @param {string} stage
 * @returns {Record<string, string>}
 */
function metrics(stage) {
  const exchange = stage === 'import' ? exchanges++ : 0
  return { METRICS_OFFSET: String(stages.indexOf(stage) * 20 + exchange) }
}

/**
 * What Node is told for a stage. An importer at full speed has thousands of records at hand: so it needs 120 MB instead of
 * 190, and is a little slower. So does web with a file of many calls: 175 MB instead of 330;
 * and watch with what a million calls come to: 170 MB instead of 220.
 * @param {string} stage
 */
export function interpreterArgs(stage) {
  return ['import', 'watch', 'web'].includes(stage) ? '--optimize-for-size --import tsx' : '--import tsx'
}

/**
 * @param {string} stage
 * @param {number} instances
 * @param {string} name
 * @param {Record<string, string>} env
 */
function app(stage, instances, name = stage, env = {}) {
  return {
    name,
    script: `stages/${stage}.ts`,
    cwd: root,
    interpreter: 'node',
    interpreter_args: interpreterArgs(stage),
    // pm2 goes to cluster mode as soon as it sees instances.
    exec_mode: 'fork',
    instances,
    env: { ...metrics(stage), ...env },
    // A database that is away for long must not end in "errored" for good.
    exp_backoff_restart_delay: 200,
    // Longer than any call is in hand.
    kill_timeout: 5_000,
  }
}

// One import per exchange: SOURCE and CDR_URL, or SOURCE_1 and CDR_URL_1, SOURCE_2 and CDR_URL_2 …
const imports = ['', ...Array.from({ length: 50 }, (_, at) => `_${at + 1}`)].flatMap((suffix) => {
  const source = settings[`SOURCE${suffix}`]
  if (!source || !settings[`CDR_URL${suffix}`]) return []
  // The process finds the CDR_URL_n that goes with the name; CDR_URL would be that of another exchange.
  const env = suffix === '' ? { SOURCE: source } : { SOURCE: source, CDR_URL: '' }
  return [app('import', processes('import', 1), `import${suffix}`, env)]
})

export const apps = [
  ...imports,
  app('client', processes('client', 1)),
  app('destination', processes('destination', 1)),
  app('tariff', processes('tariff', 1)),
  app('schedule', processes('schedule', 1)),
  app('rollup', processes('rollup', 1)),
  // Exchanges that ask before they dial; its n-th process listens n ports higher.
  app('authorize', processes('authorize', 0)),
  // One watches and the others stand by; what notify sends is claimed one by one.
  app('watch', processes('watch', 1)),
  app('notify', processes('notify', 1)),
  // Its n-th process listens n ports higher; a login of its own: WEB_DATABASE_URL.
  app('web', processes('web', 0)),
].filter(({ instances }) => instances > 0)
