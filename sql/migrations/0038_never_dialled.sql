-- What was asked for and never dialled costs nothing in no currency: its record ends what was held for it, too.
create or replace function book_calls(at_most integer) returns integer language plpgsql set enable_seqscan = off as $$
declare
  calls bigint[];
  nrs integer[];
  -- What they come to for accounts, row by row: calls, and what calls cost before, which is given back.
  of_call bigint[];
  of_nr integer[];
  of_account integer[];
  signs integer[];
  totals numeric[];
  booked record;
begin
  with taken as materialized (
    select id from unbooked order by id limit at_most for update skip locked
  ), gone as (
    delete from unbooked where id = any (array(select id from taken)) returning call_id, nr
  )
  select array_agg(call_id order by call_id, nr), array_agg(nr order by call_id, nr) into calls, nrs from gone;
  if calls is null then return 0; end if;

  select array_agg(made.call_id), array_agg(made.nr), array_agg(account.id), array_agg(entry.sign), array_agg(made.total)
  into of_call, of_nr, of_account, signs, totals
  from unnest(calls, nrs) gone (call_id, nr)
  cross join (values (-1), (1)) entry (sign)
  cross join lateral (
    select call_id, nr, client_id, currency, total from rating_decision
    where call_id = gone.call_id and nr = case entry.sign when -1 then gone.nr else gone.nr - 1 end and answered is not null
    union all
    select call_id, nr, client_id, currency, total from archived_decision
    where call_id = gone.call_id and nr = case entry.sign when -1 then gone.nr else gone.nr - 1 end and answered is not null
    limit 1
  ) made
  join account on account.client_id = made.client_id and (account.currency = made.currency or made.total = 0);
  if of_call is null then return cardinality(calls); end if;

  perform from account where id = any (of_account) order by id for no key update;
  insert into account_entry (account_id, what, amount, call_id, nr)
  select account, case sign when -1 then 'call' else 'replaced' end, sign * total, call, which
  from unnest(of_account, signs, totals, of_call, of_nr) booking (account, sign, total, call, which)
  where total <> 0 order by account, call, which;

  -- Each record takes what it cost from what was held for its call; that of the channel that asked ends it.
  for booked in
    select booking.account, booking.total, held.id, source.settles_by = 'record' and (held.channel = '' or held.channel = record.channel) as ends
    from unnest(of_account, signs, totals, of_call, of_nr) booking (account, sign, total, call, which)
    cross join lateral (
      select channel, source_id, coalesce(call_ref, nullif(uniqueid, '')) as call_ref from paidcalls where id = booking.call
      union all
      select channel, source_id, coalesce(call_ref, nullif(uniqueid, '')) from archived_call where id = booking.call
      limit 1
    ) record
    join reservation held on held.source_id = record.source_id and held.call_ref = record.call_ref and held.account_id = booking.account and held.settled_at is null
    join source on source.id = record.source_id
    where booking.sign = -1 and booking.which = 1
    order by booking.account, booking.call
  loop
    perform take_from_reservation(booked.id, booked.account, booked.total, booked.ends);
  end loop;
  return cardinality(calls);
end $$;
