// All calls of a day and what they came to, by currency, exactly: API=http://127.0.0.1:8080/api/v1 KEY=paidcalls_… npx tsx docs/api-client.ts 2026-03-02
interface Page {
  items: { total: string | null; currency: string | null }[]
  next: string | null
}

const [day = new Date().toISOString().slice(0, 10)] = process.argv.slice(2)
// Money never meets floating point: amounts have eight decimals at most.
const exact = (amount: string): bigint => {
  const [whole = '', part = ''] = amount.split('.')
  return BigInt(whole + part.padEnd(8, '0'))
}
const totals = new Map<string, bigint>()
for (let cursor: string | null = ''; cursor !== null;) {
  const query = new URLSearchParams({
    from: day,
    to: `${day}T23:59:59.999999Z`,
    limit: '1000',
    ...(cursor && { cursor }),
  })
  const answer = await fetch(`${process.env['API'] ?? ''}/calls?${query.toString()}`, {
    headers: { authorization: `Bearer ${process.env['KEY'] ?? ''}` },
  })
  if (!answer.ok) throw new Error(((await answer.json()) as { detail: string }).detail)
  const { items, next } = (await answer.json()) as Page
  for (const { total, currency } of items)
    if (total !== null && currency !== null) totals.set(currency, (totals.get(currency) ?? 0n) + exact(total))
  cursor = next
}
for (const [currency, sum] of totals)
  process.stdout.write(
    `${currency} ${sum
      .toString()
      .padStart(9, '0')
      .replace(/(\d{8})$/, '.$1')}\n`,
  )
