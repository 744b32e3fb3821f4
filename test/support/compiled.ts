// Programs as JavaScript, for tests that start hundreds of them: tsx takes longer to read a program than most of them take to work. Made once
// for each state of the sources. What starts other programs, and what pm2 starts, runs from its sources as everywhere.

import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))
const made = join(root, 'node_modules/.paidcalls')
const parts = ['stages', 'shared', 'sql', 'ecosystem.config.js', 'package.json']

/** The folder that stands for the root of the project. */
export function compile(): string {
  const files = parts.flatMap(filesOf).sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  const folder = join(made, hash.digest('hex').slice(0, 16))
  if (existsSync(folder)) return folder

  for (const old of existsSync(made) ? readdirSync(made) : [])
    if (!old.endsWith('.tmp')) rmSync(join(made, old), { recursive: true, force: true })
  const own = `${folder}.${process.pid}.tmp`
  for (const file of files) {
    const to = join(own, file)
    mkdirSync(dirname(to), { recursive: true })
    if (file.endsWith('.ts')) writeFileSync(to.replace(/\.ts$/, '.js'), asJavaScript(join(root, file)))
    else cpSync(join(root, file), to)
  }
  try {
    renameSync(own, folder)
  } catch {
    // Another run was faster.
    rmSync(own, { recursive: true, force: true })
  }
  return folder
}

function filesOf(part: string): string[] {
  if (part.includes('.')) return [part]
  return readdirSync(join(root, part), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
}

function asJavaScript(file: string): string {
  return ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText
}
