// A real browser, and what axe-core finds on a page that is open in it.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import chromium from '@sparticuz/chromium'
import { chromium as launcher } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export async function openBrowser(): Promise<Browser> {
  return launcher.launch({
    executablePath: await chromium.executablePath(),
    // With one process for all it ends with its first context.
    args: chromium.args.filter((arg) => arg !== '--single-process'),
    headless: true,
  })
}

interface Violations {
  violations: { id: string; impact: string; nodes: { html: string }[] }[]
}

/** What shuts people out; the context must be one with bypassCSP, as our own pages let no script in. */
export async function seriousOn(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate<Violations>('axe.run()')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)
}
