-- A question before a call is planned once a connection. A function in SQL that does not become part of the query around it is planned anew each time it
-- is called, which took longer than all it reads; one in PL/pgSQL keeps its plans.

create or replace function account_state(of_account integer, but uuid) returns jsonb language plpgsql stable set enable_seqscan = off as $$
begin
  return (
    select jsonb_build_object('account_id', own.id, 'currency', own.currency, 'hold', own.hold, 'hold_above', own.hold_above::text, 'price_most', own.price_most::text,
      'fee_most', own.fee_most::text, 'call_most', own.call_most::text, 'calls_most', own.calls_most, 'reserve_sec', own.reserve_sec,
      -- Null: no limit.
      'available', (own.balance + own.credit_limit - own.reserved + case when mine.settled_at is null then coalesce(mine.amount, 0) else 0 end)::text,
      'calls_open', others.calls,
      'bundles_held', coalesce((
        select jsonb_object_agg(bundle_id, seconds) from (
          select bundle_id, sum(bundle_seconds) as seconds from reservation
          where account_id = own.id and settled_at is null and bundle_seconds > 0 and id is distinct from but group by bundle_id) held), '{}'),
      'value_left', (own.value_hour_most - coalesce(others.value, 0) - case when own.value_hour_most is not null then (
        select coalesce(sum(master_total), 0) from call_sum where call_sum.client_id = own.client_id and starts_at > now() - interval '75 minutes') end)::text)
    from account own
    -- By its id alone: an index of open ones would be read whole.
    left join reservation mine on mine.id = but
    -- Counted only for whom it may be too many: an account without such a limit can have thousands.
    cross join lateral (
      select count(*) as calls, sum(value) as value from reservation
      where (own.calls_most is not null or own.value_hour_most is not null)
        and account_id = own.id and settled_at is null and id is distinct from but
    ) others
    where own.id = of_account);
end $$;
comment on function account_state is
  'For authorize: what an account has and allows, apart from one reservation that may be replaced. Amounts are text; calls_open is counted only where calls_most or value_hour_most limit it.';

create function blocked_by(called text, called_country text, caller text, of_client integer, at_moment timestamptz) returns text language plpgsql stable as $$
declare
  plan integer := client_plan(of_client, at_moment);
begin
  -- Of all entries that begin the number, or name its country, the longest; a white one of the same length wins.
  return coalesce(
    (select case when list.kind = 'black' then coalesce(nullif(entry.description, ''), list.name) end
    from number_list list join number_list_entry entry on entry.list_id = list.id
    where list.enabled and not list.of_callers and (list.tarifnum is null or list.tarifnum = plan)
      and (entry.code = any (prefixes_of(called)) or entry.country = called_country)
    order by length(coalesce(entry.code, '')) desc, list.kind = 'white' desc limit 1),
    (select case when list.kind = 'black' then coalesce(nullif(entry.description, ''), list.name) end
    from number_list list join number_list_entry entry on entry.list_id = list.id
    where list.enabled and list.of_callers and (list.tarifnum is null or list.tarifnum = plan)
      and entry.code = any (prefixes_of(caller))
    order by length(coalesce(entry.code, '')) desc, list.kind = 'white' desc limit 1));
end $$;
comment on function blocked_by is 'The entry of a list that forbids a call of a client: by the number called or its country, or by who calls. Null: none.';
