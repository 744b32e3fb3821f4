-- A price is never changed: a call is sent back and priced again, and every decision stays.

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% only grows: its rows are never changed or deleted', tg_table_name using errcode = 'restrict_violation';
end $$;
comment on function refuse_change is 'Keeps a table append-only.';
create trigger refuse_change before update or delete on rating_decision for each row execute function refuse_change();
create trigger refuse_truncate before truncate on rating_decision for each statement execute function refuse_change();
create trigger refuse_change before update or delete on change_log for each row execute function refuse_change();
create trigger refuse_truncate before truncate on change_log for each statement execute function refuse_change();

create function rerate(
  client integer, since timestamptz, until timestamptz, reason text,
  from_status enum_paidcalls_status default 'destination defined'
) returns bigint language plpgsql as $$
declare sent_back bigint;
begin
  if btrim(coalesce(reason, '')) = '' then
    raise exception 'rerate wants a reason: it is kept with the new prices' using errcode = 'invalid_parameter_value';
  end if;
  if from_status = 'tarif defined' then
    raise exception 'rerate sends calls back to new record, client defined or destination defined' using errcode = 'invalid_parameter_value';
  end if;
  update paidcalls
  set status = from_status, problem = null, waits_for = null, attempts = 0, due_at = null, rerate_reason = reason
  where (rerate.client is null or client_id = rerate.client) and calldate >= since and calldate < until and status > from_status;
  get diagnostics sent_back = row_count;
  perform pg_notify('paidcalls ' || from_status, 'released');
  return sent_back;
end $$;
comment on function rerate(integer, timestamptz, timestamptz, text, enum_paidcalls_status) is
  'Sends a client''s calls (null: everybody''s) of that time (until not included) back to be priced again, and says how many. With from_status new record owner and number are found again too.';

create function receipt(call bigint) returns table (decision integer, line integer, item text, value text, explanation text)
  language sql stable as $$
  select made.nr, row_number() over (partition by made.nr order by lines.line)::integer, lines.item, lines.value, lines.explanation
  from rating_decision made
  join paidcalls on paidcalls.id = made.call_id
  left join tarifplan plan on plan.tarifnum = made.tarifnum
  left join tarif on tarif.id = made.tarif_id
  cross join lateral (
    values
      (1, 'reason', made.reason, 'decided ' || to_char(made.decided_at, 'YYYY-MM-DD HH24:MI:SS TZ')),
      (2, 'call', paidcalls.src || ' to ' || paidcalls.dst,
        'began ' || to_char(paidcalls.calldate, 'YYYY-MM-DD HH24:MI:SS TZ') || coalesce(', ' || paidcalls.direction, '')
          || coalesce(', ' || nullif(paidcalls.disposition, ''), '')),
      (3, 'number', nullif(made.number, ''), concat_ws(', ', paidcalls.kind, paidcalls.country)),
      (4, 'plan', made.tarifnum::text, plan.name || coalesce(', differences from plan ' || plan.base, '')),
      (5, 'codes', array_to_string(made.codes, ', '), 'begin the number; the first that holds at the time wins'),
      (6, 'rule', made.rule, null),
      (7, 'row', nullif(made.tarif_id::text, ''),
        'code ' || coalesce(nullif(made.code, ''), '(any)') || ' of plan ' || tarif.tarifnum || coalesce(', ' || nullif(tarif.description, ''), '')),
      (8, 'price per minute', case when made.tarif_id is not null then trim_scale(made.price)::text end, made.currency),
      (9, 'seconds', made.billable_sec::text, case when made.free_sec > 0 then made.free_sec || ' of them free' end),
      (10, 'seconds charged', case when made.rule = 'price' then made.charged_sec::text end,
        'first ' || made.first_sec || ', then steps of ' || made.step_sec || ', ' || made.increments
          || case when made.grace_sec > 0 then ', none up to ' || made.grace_sec else '' end),
      (30, 'connect fee', case when made.rule = 'price' and made.connect_fee > 0 then trim_scale(made.connect_fee)::text end, 'once'),
      (31, 'at most', trim_scale(made.max_charge)::text, 'for one call'),
      (32, 'unrounded', made.unrounded::text, null),
      (33, 'total', made.total || coalesce(' ' || made.currency, ''), 'rounded ' || made.rounding || ' to ' || made.decimals || ' decimals'),
      (34, 'under the root plan', made.master_total::text,
        format('plan %s, code %s, %s per minute, %s s charged, unrounded %s; saving %s', made.master ->> 'tarifnum',
          coalesce(made.master ->> 'code', '-'), made.master ->> 'price', made.master ->> 'charged_sec', made.master ->> 'unrounded',
          made.master_total - made.total)),
      (35, 'cost', made.cost || coalesce(' ' || made.cost_currency, ''),
        format('provider %s, plan %s, code %s, %s per minute, %s s charged, unrounded %s%s', made.provider_id, made.provider ->> 'tarifnum',
          coalesce(made.provider ->> 'code', '-'), made.provider ->> 'price', made.provider ->> 'charged_sec', made.provider ->> 'unrounded',
          case when made.cost_currency = made.currency then '; margin ' || (made.total - made.cost) end)),
      (36, 'change', case when made.nr > 1 then made.delta::text end, 'against decision ' || made.nr - 1)
    union all
    select 10 + step.nr / 1e6, 'step ' || step.nr, step.value ->> 'amount',
      format('from second %s: %s s at %s per minute', step.value ->> 'from_sec', step.value ->> 'seconds', step.value ->> 'price')
    from jsonb_array_elements(case when jsonb_typeof(made.steps) = 'array' then made.steps else '[]' end) with ordinality step (value, nr)
  ) lines (line, item, value, explanation)
  where made.call_id = receipt.call and lines.value is not null
  order by made.nr, lines.line
$$;
comment on function receipt is 'select * from receipt(17): how the price of call 17 came about, line by line, and every price it had before.';
