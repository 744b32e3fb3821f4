// All calls of a day and what they came to, by currency, exactly: API=http://127.0.0.1:8080/api/v1 KEY=paidcalls_… npx tsx docs/api-client.ts 2026-03-02
import { argv, env, stdout } from 'node:process'

const [address, day = '', totals] = [`${env['API'] ?? ''}/calls?`, argv[2], new Map<string, bigint>()]
const headers = { authorization: `Bearer ${env['KEY'] ?? ''}` }
// Money never meets floating point: it is added in units of the eighth decimal, which no amount exceeds.
const units = ([whole = '', part = '']: string[]): bigint => BigInt(whole + part.padEnd(8, '0'))
for (let cursor: string | null = ''; cursor !== null;) {
  const span = { from: day, to: `${day}T23:59:59.999999Z`, limit: '1000' }
  const query = new URLSearchParams({ ...span, ...(cursor && { cursor }) })
  const answer = await fetch(address + query.toString(), { headers })
  type Page = { items: Record<string, string>[]; next: string | null; detail: string }
  const page = (await answer.json()) as Page
  if (!answer.ok) throw new Error(page.detail)
  for (const { total, currency = '' } of page.items)
    if (total) totals.set(currency, (totals.get(currency) ?? 0n) + units(total.split('.')))
  cursor = page.next
}
for (const [currency, sum] of totals) {
  const digits = String(sum).padStart(9, '0')
  stdout.write(`${currency} ${digits.slice(0, -8)}.${digits.slice(-8)}\n`)
}
