-- Who may do what (docs/security.md). Applied anew after the views with every migration. Roles belong to the whole server:
-- another database may have made them, or this user may not.

-- Compiling a query of a view takes a second, running it a hundredth.
do $$
begin
  if not exists (
    select from pg_db_role_setting join pg_database on pg_database.oid = setdatabase
    where datname = current_database() and setrole = 0 and setconfig::text like '%jit=%') then
    execute format('alter database %I set jit = off', current_database());
  end if;
exception when insufficient_privilege then
  raise warning 'Views over months are slow at first: let the owner of the database run "alter database % set jit = off".', current_database();
end $$;

do $$
declare
  wanted record;
  missing text[] := '{}';
  guarded text;
  allowed record;
begin
  for wanted in
    select * from (values
      ('paidcalls_stage', 'What a stage may do: grant it to the login in DATABASE_URL of the stages.'),
      ('paidcalls_admin', 'What an administrator may do: edit clients, tariffs and the like, set calls going, look at everything.'),
      ('paidcalls_bookkeeper', 'What who keeps the books may do: make, issue and void statements, set tax and fees, look at everything.'),
      ('paidcalls_operator', 'What an operator may do: look at everything, set calls going, take care of alerts.'),
      ('paidcalls_web', 'What the login of the pages may do: act as who is logged in there.'),
      ('paidcalls_portal', 'What the login of the portal may do: show a client what is its own.'),
      ('paidcalls_copier', 'What a login may do that copies edits to another database: grant it to one that may replicate.'),
      ('paidcalls_hub', 'What a login may do that asks several databases for one place: read some views, as far as table client_reader says.'),
      ('paidcalls_reader', 'Sees the views, as far as table client_reader says.'),
      ('paidcalls_numbers', 'Sees numbers in the views as they are.')
    ) role (name, purpose)
    where to_regrole(name) is null
  loop
    begin
      execute format('create role %I', wanted.name);
      execute format('comment on role %I is %L', wanted.name, wanted.purpose);
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then missing := missing || wanted.name;
    end;
  end loop;

  -- What others put into the schema could be taken for ours. Since PostgreSQL 15 nobody may; before that it is not always ours to say.
  begin
    execute format('revoke create on schema %I from public', current_schema());
  exception when insufficient_privilege then
    raise warning 'Every login may create functions in schema %: let a superuser run "revoke create on schema % from public".', current_schema(), current_schema();
  end;

  -- What happens by an edit happens as the owner, with the login in the log; nobody may call it by hand or hang it on a table of his own.
  foreach guarded in array array['note_insert()', 'note_delete()', 'note_update()', 'note_replace()', 'note_truncate()', 'move_counter()', 'guard_home()', 'take_in_note()',
    'note_first_half()', 'note_second_half()', 'tarifplan_chain_refresh()',
    'priced_plan_refresh()', 'share_out_all()', 'reads_all_clients()', 'read_clients()',
    'suspicious_calls_between(timestamptz, timestamptz)',
    'close_sums(regclass)', 'fill_decisions(integer)', 'take_old_calls(integer[], integer)', 'fill_causes(integer[], bigint, jsonb)', 'issue_statement(bigint)', 'void_statement(text, text)',
    'reserve_money(jsonb)', 'end_reservation(uuid, text)', 'release_reservation(uuid, text)', 'book_calls(integer)', 'expire_reservations(integer)', 'take_from_reservation(uuid, integer, numeric, boolean)',
    'book_payment()', 'book_statement()', 'add_to_balance()', 'tell_low_balances(integer[])', 'tax_payment()', 'queue_bookings()', 'open_account()',
    'take_seconds(bigint, jsonb)',
    'keep_recent_calls()', 'note_recent_calls()', 'note_alerts(jsonb)', 'hold_client(integer, integer, bigint, text, timestamptz)', 'end_holds()', 'show_hold()', 'note_hold()',
    'portal_rates(text, text)', 'portal_calls(timestamptz, timestamptz, text, timestamptz, bigint, integer)', 'portal_sums(timestamptz, timestamptz, text)', 'portal_callers(timestamptz, timestamptz, integer)', 'tell_recipients()', 'make_secret()', 'is_web()', 'person()', 'person_role()', 'set_web_password(text, text)', 'make_api_key(text, text, text[], text, timestamptz, bytea)', 'revoke_api_key(text)', 'api_key_used(integer)', 'begin_answer(text, bytea)', 'keep_answer(text, jsonb)', 'end_delivery(bigint[], boolean, text)', 'make_reports()',
    'find_number(text, text, text, text, bigint, bigint)', 'show_number(text, text, text, text, bigint, bigint)', 'find_client(text, integer, bigint, bigint)', 'show_client(text, integer, bigint, bigint)',
    'why_numbers_stay(bigint[])', 'forget_calls(bigint[])', 'forget_records(bigint[])', 'forget_number(text, text, text, text, bigint, bigint)',
    'leave_source(text)', 'forget_source(integer, integer)', 'forget_words_of_client(integer)', 'due_calls(text, bigint, integer, integer)', 'forget_due_calls(text, bigint, integer, integer)', 'forget_due_words(integer, integer)', 'note_forgetting(jsonb)',
    'archive_calls(bigint, timestamptz)', 'bring_back_calls(bigint[])', 'bring_back_calls_of(bigint[])',
    'rerate(integer, timestamptz, timestamptz, text, enum_paidcalls_status)']
  loop
    execute format('alter function %s security definer set search_path = %I, pg_temp', guarded, current_schema());
    execute format('revoke execute on function %s from public', guarded);
  end loop;

  -- Every function says where it looks. Else it would look where its caller does, first among his temporary tables: what forbids to
  -- delete would find no call that refers to the row. And a dump is restored under an empty search path, while constraints call functions.
  for guarded in
    select pg_proc.oid::regprocedure::text from pg_proc join pg_language on pg_language.oid = prolang
    where pronamespace = current_schema()::regnamespace and lanname in ('sql', 'plpgsql') and prosqlbody is null
      and not exists (select from unnest(proconfig) setting where setting like 'search\_path=%')
      and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
  loop
    execute format('alter function %s set search_path = %I, pg_temp', guarded, current_schema());
  end loop;

  if cardinality(missing) > 0 then
    raise warning 'The roles % are not there and % may not create them: let a superuser run "create role %" and migrate again. Until then only the owner can work here.',
      array_to_string(missing, ', '), current_user, array_to_string(missing, '; create role ');
    return;
  end if;

  execute format('revoke all on all tables in schema %I from paidcalls_stage, paidcalls_admin, paidcalls_bookkeeper, paidcalls_operator, paidcalls_web, paidcalls_portal, paidcalls_reader, paidcalls_copier, paidcalls_hub', current_schema());
  execute format('grant usage on schema %I to paidcalls_stage, paidcalls_admin, paidcalls_bookkeeper, paidcalls_operator, paidcalls_web, paidcalls_portal, paidcalls_reader, paidcalls_copier, paidcalls_hub', current_schema());
  execute format('grant execute on function rerate(integer, timestamptz, timestamptz, text, enum_paidcalls_status) to paidcalls_admin');
  grant execute on function is_web(), person(), person_role(), reads_all_clients(), read_clients(), suspicious_calls_between(timestamptz, timestamptz)
    to paidcalls_stage, paidcalls_admin, paidcalls_bookkeeper, paidcalls_operator, paidcalls_web, paidcalls_reader;
  grant execute on function is_web(), person(), person_role(), reads_all_clients(), read_clients() to paidcalls_hub;
  grant execute on function portal_rates(text, text), portal_calls(timestamptz, timestamptz, text, timestamptz, bigint, integer), portal_sums(timestamptz, timestamptz, text), portal_callers(timestamptz, timestamptz, integer)
    to paidcalls_portal;
  grant execute on function find_number(text, text, text, text, bigint, bigint), show_number(text, text, text, text, bigint, bigint), find_client(text, integer, bigint, bigint), show_client(text, integer, bigint, bigint),
    why_numbers_stay(bigint[]), forget_calls(bigint[]), forget_records(bigint[]), forget_number(text, text, text, text, bigint, bigint), forget_words_of_client(integer), due_calls(text, bigint, integer, integer), leave_source(text), forget_source(integer, integer) to paidcalls_admin;
  -- What is due is forgotten by schedule, or by hand.
  grant execute on function forget_due_calls(text, bigint, integer, integer), forget_due_words(integer, integer), note_forgetting(jsonb) to paidcalls_stage, paidcalls_admin;
  grant execute on function issue_statement(bigint), void_statement(text, text) to paidcalls_bookkeeper;
  grant execute on function release_reservation(uuid, text) to paidcalls_admin, paidcalls_bookkeeper;
  grant execute on function make_api_key(text, text, text[], text, timestamptz, bytea), api_key_used(integer) to paidcalls_admin;
  -- They answer only to a key the login of the pages has named.
  grant execute on function begin_answer(text, bytea), keep_answer(text, jsonb) to paidcalls_admin, paidcalls_bookkeeper;
  -- A stage takes seconds of bundles, and moves old calls out and back; it may write and delete nothing of these by hand.
  grant execute on function end_delivery(bigint[], boolean, text), make_reports(), note_alerts(jsonb), end_holds(), keep_recent_calls(), reserve_money(jsonb), end_reservation(uuid, text), book_calls(integer), expire_reservations(integer), fill_decisions(integer), take_old_calls(integer[], integer), fill_causes(integer[], bigint, jsonb), take_seconds(bigint, jsonb), archive_calls(bigint, timestamptz), bring_back_calls(bigint[]), bring_back_calls_of(bigint[]) to paidcalls_stage;

  for allowed in
    select * from (values
      -- What an administrator keeps: whole rows, each edit in the log. Not truncate, which would pass by the log.
      ('source', 'select', 'select, insert, update, delete'),
      ('client', 'select, update (tarif_id)', 'select, insert, update, delete'),
      ('client_tarif', 'select', 'select, insert, update, delete'),
      ('client_reader', null, 'select, insert, update, delete'),
      ('callerid', 'select', 'select, insert, update, delete'),
      ('provider', 'select, update (tarifnum)', 'select, insert, update, delete'),
      ('provider_tarif', 'select', 'select, insert, update, delete'),
      ('prefix', 'select', 'select, insert, update, delete'),
      ('tarifplan', 'select', 'select, insert, update, delete'),
      ('tarif', 'select', 'select, insert, update, delete'),
      ('tarif_step', 'select', 'select, insert, update, delete'),
      ('cause', null, 'select, insert, update, delete'),
      ('deck_mapping', null, 'select, insert, update, delete'),
      ('deck_load', null, 'select, insert (tarifnum, from_at, file, codes, edits), update (undone_at, undone_by)'),
      ('bundle', 'select', 'select, insert, update, delete'),
      ('bundle_code', 'select', 'select, insert, update, delete'),
      ('keep_numbers', 'select', 'select, insert, update, delete'),
      ('disputed_call', null, 'select, insert (call_id, why), update (why), delete'),
      -- What stages write.
      ('cdr', 'select, insert, update (day, billsec, rejected, left_out, part_of)', 'select'),
      ('cdr_import', 'select, update (imported)', 'select, delete'),
      ('paidcalls', 'select, insert, update', 'select, update (problem)'),
      ('rating_decision', 'select, insert', 'select'),
      ('bundle_month', 'select', 'select'),
      ('bundle_take', 'select', 'select'),
      ('source_position', 'select, insert, update', 'select, delete'),
      ('source_day', 'select, insert, update', 'select'),
      ('rejudging', 'select, update', 'select, insert (source_id, kind, rejected_like, since, until, reason)'),
      ('stage_process', 'select, insert, update, delete', 'select'),
      ('healing', 'select, update, delete', 'select'),
      ('unsummed', 'select, insert, update, delete', 'select'),
      ('call_sum', 'select, insert, update, delete', 'select'),
      ('minute_calls', 'select, insert, update, delete', 'select'),
      ('day_sum', 'select, insert, update, delete', 'select'),
      ('client_day', 'select, insert, update, delete', 'select'),
      -- Doctor asks whether there are statements without a sender, and why one could not be made.
      ('issuer', 'select (one)', 'select'),
      ('tax_rate', null, 'select'),
      ('client_fee', null, 'select'),
      ('client_channels', 'select', 'select'),
      ('statement', 'select (id, client_id, period, status, problem)', 'select'),
      ('statement_line', null, 'select'),
      ('statement_call', null, 'select'),
      ('statement_number', null, 'select'),
      ('account', 'select', 'select, insert (client_id, currency, kind, credit_limit, hold, reserve_sec, warn_below, calls_most, call_most, value_hour_most, price_most, fee_most, hold_above), update (kind, credit_limit, hold, reserve_sec, warn_below, calls_most, call_most, value_hour_most, price_most, fee_most, hold_above)'),
      ('payment', 'select (id, account_id, amount, tax)', 'select, insert (account_id, amount, tax, paid_at, reference, what)'),
      ('account_entry', 'select', 'select'),
      ('reservation', 'select', 'select'),
      ('unbooked', 'select', 'select'),
      ('alert', 'select', 'select, update (acknowledged_at, acknowledged_by, silenced_until, is_false)'),
      ('rule', 'select', 'select, insert, update, delete'),
      ('recent_call', 'select', 'select'),
      ('unwatched', 'select, update, delete', 'select'),
      ('watch_turn', 'select, update', 'select'),
      ('account_hold', 'select', 'select, delete'),
      ('recipient', 'select', 'select, insert, update, delete'),
      ('webhook_secret', 'select', 'select, update (secret, secret_before)'),
      ('web_user', null, 'select, insert, update, delete'),
      ('web_attempt', null, 'select, delete'),
      ('statement_mail', null, 'select'),
      ('api_key', null, 'select, update (scopes, expires_at, revoked_at)'),
      ('delivery', 'select, insert (recipient_id, what, message_id), update (attempts, due_at, message_id)', 'select, insert (recipient_id, what), update (due_at)'),
      ('number_list', 'select', 'select, insert, update, delete'),
      ('number_list_entry', 'select', 'select, insert, update, delete'),
      -- What nobody writes but the owner's functions.
      ('closed_sum', 'select', 'select'),
      ('closed_minute', 'select', 'select'),
      ('sum_fill', 'select', 'select'),
      ('cause_fill', 'select', 'select'),
      ('archived_call', 'select', 'select'),
      ('archived_decision', 'select', 'select'),
      ('detached_call', 'select', 'select'),
      ('tarifplan_chain', 'select', 'select'),
      ('priced_plan', 'select', 'select'),
      ('change_log', null, 'select'),
      ('this_database', 'select', 'select'),
      ('migration', 'select', 'select')
    ) rule (name, stage, admin)
    where to_regclass(name) is not null
  loop
    if allowed.stage is not null then execute format('grant %s on %I to paidcalls_stage', allowed.stage, allowed.name); end if;
    if allowed.admin is not null then execute format('grant %s on %I to paidcalls_admin', allowed.admin, allowed.name); end if;
  end loop;

  -- Who is logged in at a page acts in his role; of itself the login of the pages sees nothing but who may log in.
  begin
    -- Roles are the whole server's: what is so already is not done again beside another database.
    if (select rolinherit from pg_roles where rolname = 'paidcalls_web') then alter role paidcalls_web noinherit; end if;
    for allowed in
      select unnest(array['paidcalls_stage', 'paidcalls_admin', 'paidcalls_bookkeeper', 'paidcalls_operator', 'paidcalls_reader']) as name
    loop
      if not pg_has_role('paidcalls_web', allowed.name, 'member') then execute format('grant %I to paidcalls_web', allowed.name); end if;
    end loop;
  exception when insufficient_privilege then
    raise warning 'The pages cannot act as who is logged in: let a superuser run "alter role paidcalls_web noinherit; grant paidcalls_stage, paidcalls_admin, paidcalls_bookkeeper, paidcalls_operator, paidcalls_reader to paidcalls_web".';
  end;
  grant select on web_user, web_password, api_key, api_secret, migration to paidcalls_web;
  grant update (language, time_zone, email) on web_user to paidcalls_web;
  grant select, insert, update, delete on web_session, web_attempt, web_reset, stage_process to paidcalls_web;
  grant update (used_at) on api_secret to paidcalls_web;
  grant execute on function set_web_password(text, text), make_api_key(text, text, text[], text, timestamptz, bytea), revoke_api_key(text) to paidcalls_web;

  for allowed in
    select * from (values
      ('paidcalls', 'select, update (problem)'), ('alert', 'select, update (acknowledged_at, acknowledged_by, silenced_until, is_false)'),
      ('rejudging', 'select, insert (source_id, kind, rejected_like, since, until, reason)'), ('cdr', 'select'), ('archived_call', 'select'), ('rating_decision', 'select'), ('archived_decision', 'select'),
      ('source', 'select'), ('client', 'select'), ('client_tarif', 'select'), ('callerid', 'select'), ('provider', 'select'), ('prefix', 'select'), ('tarifplan', 'select'), ('tarifplan_chain', 'select'), ('priced_plan', 'select'),
      ('tarif', 'select'), ('tarif_step', 'select'), ('bundle', 'select'), ('cause', 'select'), ('rule', 'select'), ('recipient', 'select'), ('delivery', 'select'), ('account', 'select'), ('reservation', 'select'), ('account_hold', 'select'),
      ('source_position', 'select'), ('source_day', 'select'), ('stage_process', 'select'), ('healing', 'select'), ('unsummed', 'select'), ('call_sum', 'select'), ('day_sum', 'select'), ('client_day', 'select'), ('minute_calls', 'select'),
      ('closed_sum', 'select'), ('closed_minute', 'select'), ('sum_fill', 'select'), ('cause_fill', 'select'), ('watch_turn', 'select'), ('unwatched', 'select'), ('migration', 'select'), ('change_log', 'select'), ('this_database', 'select'),
      ('account_entry', 'select'), ('unbooked', 'select'), ('number_list', 'select'), ('number_list_entry', 'select'), ('client_channels', 'select'), ('payment', 'select (id, account_id, amount)'), ('statement', 'select (id, client_id, period, status, problem)'), ('issuer', 'select (one)'), ('detached_call', 'select')
    ) rule (name, operator)
    where to_regclass(name) is not null
  loop
    execute format('grant %s on %I to paidcalls_operator', allowed.operator, allowed.name);
  end loop;

  for allowed in
    select * from (values
      -- What who keeps the books writes.
      ('issuer', 'select, insert, update, delete'),
      ('tax_rate', 'select, insert, update, delete'),
      ('client_fee', 'select, insert, update, delete'),
      ('client_channels', 'select, insert, update, delete'),
      ('disputed_call', 'select, insert (call_id, why), update (why), delete'),
      ('client', 'select, update (address, tax_id, language, email)'),
      -- What is on them is final once issued: guard_statement.
      ('statement', 'select, insert, update, delete'),
      ('statement_line', 'select, insert, delete'),
      ('statement_call', 'select, insert, delete'),
      ('account', 'select, insert (client_id, currency, kind, credit_limit, hold, reserve_sec, warn_below, calls_most, call_most, value_hour_most, price_most, fee_most, hold_above), update (kind, credit_limit, hold, reserve_sec, warn_below, calls_most, call_most, value_hour_most, price_most, fee_most, hold_above)'),
      ('payment', 'select, insert (account_id, amount, tax, paid_at, reference, what)'),
      ('account_entry', 'select'), ('reservation', 'select'), ('unbooked', 'select'), ('alert', 'select'), ('account_hold', 'select'), ('rule', 'select'), ('number_list', 'select'), ('number_list_entry', 'select'),
      -- What he reads.
      ('statement_mail', 'select, insert (statement_id, address, answer)'), ('statement_number', 'select'), ('client_tarif', 'select'), ('callerid', 'select'), ('provider', 'select'), ('source', 'select'), ('prefix', 'select'),
      ('tarifplan', 'select'), ('tarifplan_chain', 'select'), ('tarif', 'select'), ('tarif_step', 'select'), ('bundle', 'select'), ('bundle_code', 'select'), ('cause', 'select'),
      ('paidcalls', 'select'), ('archived_call', 'select'), ('rating_decision', 'select'), ('archived_decision', 'select'),
      ('unsummed', 'select'), ('call_sum', 'select'), ('day_sum', 'select'), ('client_day', 'select'), ('minute_calls', 'select'), ('closed_sum', 'select'), ('closed_minute', 'select'), ('sum_fill', 'select'),
      ('this_database', 'select'), ('migration', 'select')
    ) rule (name, bookkeeper)
    where to_regclass(name) is not null
  loop
    execute format('grant %s on %I to paidcalls_bookkeeper', allowed.bookkeeper, allowed.name);
  end loop;

  for allowed in select unnest(copied_tables() || array['healing', 'this_database', 'migration']) as name loop
    execute format('grant select on %I to paidcalls_copier', allowed.name);
  end loop;

  foreach guarded in array array['pipeline', 'parked_calls', 'workers', 'speed', 'sources', 'open_alerts', 'day_calls', 'country_calls', 'client_month', 'provider_month', 'migration'] loop
    execute format('grant select on %I to paidcalls_hub', guarded);
  end loop;

  -- Queues are tables: the owner's function makes them for whoever may call it.
  alter function pgboss.create_queue(text, json) security definer set search_path = pg_catalog, pg_temp;
  revoke execute on function pgboss.create_queue(text, json) from public;
  grant execute on function pgboss.create_queue(text, json) to paidcalls_stage;
  grant usage on schema pgboss to paidcalls_stage;
  revoke all on all tables in schema pgboss from paidcalls_stage;
  grant select on all tables in schema pgboss to paidcalls_stage;
  grant insert, update, delete on pgboss.job, pgboss.archive to paidcalls_stage;
  grant insert, update on pgboss.schedule to paidcalls_stage;
  grant update (maintained_on, cron_on, monitored_on) on pgboss.version to paidcalls_stage;

  for allowed in select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'v' loop
    -- Those of the portal say whose rows by a setting that anybody can set.
    execute format('grant select on %I to %s', allowed.name, case when allowed.name like 'portal\_%' then 'paidcalls_portal'
      else 'paidcalls_stage, paidcalls_admin, paidcalls_bookkeeper, paidcalls_operator, paidcalls_reader' end);
  end loop;
end $$;
