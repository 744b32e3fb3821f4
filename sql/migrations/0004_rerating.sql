-- A price is never changed: a call is sent back and priced again, and every decision stays.

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% only grows: its rows are never changed or deleted', tg_table_name using errcode = 'restrict_violation';
end $$;
comment on function refuse_change is 'Keeps a table append-only.';
create trigger refuse_change before update on rating_decision for each row execute function refuse_change();
create trigger refuse_truncate before truncate on rating_decision for each statement execute function refuse_change();
create trigger refuse_change before update or delete on change_log for each row execute function refuse_change();
create trigger refuse_truncate before truncate on change_log for each statement execute function refuse_change();

-- Calls may be in the archive: hold_archive and bring_back_calls come with it (0013_archive.sql).
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
  perform hold_archive(false);
  perform bring_back_calls(array(
    select id from archived_call
    where (rerate.client is null or client_id = rerate.client) and calldate >= since and calldate < until));
  update paidcalls
  set status = from_status, problem = null, waits_for = null, attempts = 0, due_at = null, rerate_reason = reason
  where (rerate.client is null or client_id = rerate.client) and calldate >= since and calldate < until and status > from_status;
  get diagnostics sent_back = row_count;
  perform pg_notify('paidcalls ' || from_status, 'released');
  return sent_back;
end $$;
comment on function rerate(integer, timestamptz, timestamptz, text, enum_paidcalls_status) is
  'Sends a client''s calls (null: everybody''s) of that time (until not included) back to be priced again, and says how many. With from_status new record owner and number are found again too.';
