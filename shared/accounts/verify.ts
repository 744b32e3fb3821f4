// Whether every balance is what its entries say, what is reserved what open reservations hold, and every entry what it is of.

import type { Database } from '../database/connect.ts'

const shownMost = 20

const queries = [
  `-- accounts: is each balance the sum of its entries?
  select format('account %s: balance %s, its entries %s', id, trim_scale(balance), trim_scale(entries)) as what
  from (select account.id, balance, (select coalesce(sum(amount), 0) from account_entry where account_id = account.id) as entries from account) own
  where balance <> entries order by id`,
  `-- accounts: is what is reserved what open reservations hold?
  select format('account %s: reserved %s, its open reservations %s', id, trim_scale(reserved), trim_scale(held)) as what
  from (select account.id, reserved, (select coalesce(sum(amount), 0) from reservation where account_id = account.id and settled_at is null) as held from account) own
  where reserved <> held order by id`,
  `-- accounts: is each call booked as its decision says?
  select format('account %s, call %s: booked %s, its decision %s says %s', account_id, call_id, trim_scale(amount), nr, trim_scale(total)) as what
  from account_entry entry join account on account.id = account_id
  join (select call_id, nr, client_id, currency, total from rating_decision union all select call_id, nr, client_id, currency, total from archived_decision) made using (call_id, nr)
  where entry.what in ('call', 'replaced') and (amount <> case entry.what when 'call' then -total else total end or made.client_id <> account.client_id or made.currency <> account.currency)
  order by entry.id`,
  `-- accounts: is each call booked once?
  select format('account %s, call %s: decision %s is booked %s times as %s', account_id, call_id, nr, count(*), what) as what
  from account_entry where what in ('call', 'replaced') group by account_id, call_id, nr, account_entry.what having count(*) > 1 order by 1`,
  `-- accounts: is each decision booked that is summed?
  select format('account %s, call %s: decision %s is not booked', account.id, call_id, nr) as what
  from account
  join (select * from rating_decision union all select * from archived_decision) made on made.client_id = account.client_id and made.currency = account.currency and made.decided_at > account.opened_at and made.total <> 0
  where not exists (select from account_entry entry where entry.account_id = account.id and entry.what = 'call' and entry.call_id = made.call_id and entry.nr = made.nr)
    and not exists (select from unsummed where unsummed.call_id = made.call_id and unsummed.nr = made.nr)
    and not exists (select from unbooked where unbooked.call_id = made.call_id and unbooked.nr = made.nr)
  order by made.call_id`,
  `-- accounts: is each payment booked?
  select format('payment %s: %s without tax, booked %s', id, trim_scale(net), trim_scale(booked)) as what
  from (select id, amount - tax as net, (select coalesce(sum(amount), 0) from account_entry where payment_id = payment.id) as booked from payment) own
  where net <> booked order by id`,
]

/** A sentence for each difference, twenty of a kind at most; nothing is changed. One snapshot where the caller has begun one. */
export async function verifyAccounts(db: Database): Promise<string[]> {
  const differences: string[] = []
  for (const query of queries) {
    const { rows } = await db.query<{ what: string }>(`${query} limit ${shownMost}`)
    differences.push(...rows.map(({ what }) => what))
  }
  return differences
}
