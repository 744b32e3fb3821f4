-- Pricing a call asks little of the database: what it needs of a plan stands in one row, what is rare is asked only where it is.

create table priced_plan (
  tarifnum integer primary key references tarifplan on delete cascade,
  plans integer[] not null,
  chain json not null,
  has_bundles boolean not null
);
comment on table priced_plan is 'Kept by trigger: what pricing needs of each plan and those it is based on, in one row.';
comment on column priced_plan.tarifnum is 'The plan being priced.';
comment on column priced_plan.plans is 'Itself, its base, the base of that …';
comment on column priced_plan.chain is 'The same plans as rows of tarifplan, without their names.';
comment on column priced_plan.has_bundles is 'Whether any of them includes seconds.';

create function priced_plan_refresh() returns trigger language plpgsql as $$
begin
  -- Writers take turns, so that each sees what the one before wrote.
  perform pg_advisory_xact_lock(hashtext('tarifplan.base'));
  insert into priced_plan as held (tarifnum, plans, chain, has_bundles)
  select chain.tarifnum, array_agg(chain.plan order by chain.depth), json_agg(to_jsonb(link) - 'name' order by chain.depth),
    bool_or(exists (select from bundle where bundle.tarifnum = chain.plan))
  from tarifplan_chain chain
  join tarifplan link on link.tarifnum = chain.plan
  group by chain.tarifnum
  on conflict (tarifnum) do update
  set plans = excluded.plans, chain = excluded.chain, has_bundles = excluded.has_bundles
  where (held.plans, held.chain::text, held.has_bundles) is distinct from (excluded.plans, excluded.chain::text, excluded.has_bundles);
  return null;
end $$;
comment on function priced_plan_refresh is 'Brings priced_plan up to date after an edit of tarifplan or bundle.';

-- Triggers of one table fire in the order of their names: after those that keep tarifplan_chain.
create trigger with_its_bases after insert or update on tarifplan
  for each statement execute function priced_plan_refresh();
create trigger with_its_bases after insert or update or delete on bundle
  for each statement execute function priced_plan_refresh();

-- Most rows of tarif have no steps, and a call need not look for them.
create function tarif_stepped() returns trigger language plpgsql as $$
begin
  new.stepped := exists (select from tarif_step where tarif_id = new.id);
  return new;
end $$;
comment on function tarif_stepped is 'Keeps tarif.stepped true to tarif_step, also when somebody writes it.';
create trigger tarif_stepped before insert or update of stepped on tarif
  for each row when (new.stepped) execute function tarif_stepped();
create trigger tarif_not_stepped before update of stepped on tarif
  for each row when (not new.stepped) execute function tarif_stepped();

create function tarif_step_added() returns trigger language plpgsql as $$
begin
  update tarif set stepped = true where id in (select tarif_id from new_rows) and not stepped;
  return null;
end $$;
comment on function tarif_step_added is 'Lets the rows of tarif know that they have steps.';
create trigger stepped after insert on tarif_step referencing new table as new_rows
  for each statement execute function tarif_step_added();
create trigger stepped_elsewhere after update on tarif_step referencing new table as new_rows
  for each statement execute function tarif_step_added();

create function steps_of(of_tarif integer) returns json language plpgsql stable as $$
begin
  return (
    select json_agg(json_build_object('from_sec', from_sec, 'price', price::text, 'step_sec', step_sec) order by from_sec)
    from tarif_step where tarif_id = of_tarif);
end $$;
comment on function steps_of is 'The steps of a price row, for pricing.';

create function charges_incoming(plans integer[]) returns boolean language plpgsql stable as $$
begin
  return exists (select from tarif where tarifnum = any (plans) and direction = 'in');
end $$;
comment on function charges_incoming is 'Whether any of the plans has a price for incoming calls; if none has, they are free.';

create function bundles_for(of_call bigint, of_client integer, number text, in_plan integer, answered timestamptz) returns json
  language plpgsql stable as $$
begin
  return (
    select json_agg(json_build_object('id', bundle.id, 'tarifnum', bundle.tarifnum, 'code', bundle_code.code,
      'seconds', bundle.seconds, 'month', period.month, 'earlier', case
        when counter.bundle_id is null then 0
        when (answered, of_call) > (counter.last_answered_at, counter.last_call_id) then counter.taken
        else (
          select coalesce(sum(takes), 0) from bundle_take
          where (client_id, bundle_id, month) = (counter.client_id, counter.bundle_id, counter.month)
            and (answered_at, call_id) < (answered, of_call)) end))
    from bundle_code
    join bundle on bundle.id = bundle_code.bundle_id
    join tarifplan_chain chain on chain.tarifnum = in_plan and chain.plan = bundle.tarifnum
    cross join lateral (
      select date_trunc('month', answered at time zone link.time_zone)::date as month
      from tarifplan_chain above join tarifplan link on link.tarifnum = above.plan and link.time_zone is not null
      where above.tarifnum = in_plan
      order by above.depth limit 1
    ) period
    left join bundle_month counter
      on (counter.client_id, counter.bundle_id, counter.month) = (of_client, bundle.id, period.month)
    where bundle_code.code = any (prefixes_of(number)));
end $$;
comment on function bundles_for is 'The bundles whose codes begin the number, and the seconds that calls answered before this one take of each.';
