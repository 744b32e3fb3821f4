-- Calls that may never have lasted as long as their records say.

drop view if exists suspicious_calls;
drop function if exists suspicious_calls_between;
create function suspicious_calls_between(since timestamptz, until timestamptz)
returns table (id bigint, status enum_paidcalls_status, problem text, source text, suspicion text, other_call bigint, calldate timestamptz,
  channel text, uniqueid text, duration bigint, billsec bigint, total numeric, currency text)
  language sql stable parallel safe as $$
  with looked_at as (
    select call.id, call.source_id, call.calldate, call.imported_at, call.channel, call.uniqueid, call.duration, call.billsec,
      coalesce(answered_at, call.calldate + (call.duration - call.billsec) * interval '1 second') as answered
    from paidcalls call
    where call.calldate >= since and call.calldate < until and (select reads_all_clients())
  ), of_length as (
    select looked_at.id,
      case
        when looked_at.duration in (32767, 32768, 65535, 65536) then 'lasted ' || looked_at.duration || ' s, where a counter of 16 bits ends'
        when looked_at.duration in (43200, 43201) then 'lasted ' || looked_at.duration || ' s, where exchanges cut off what hangs'
        when looked_at.duration % 1800 <= 1
          and count(*) over (partition by looked_at.source_id, looked_at.duration) >= 3
          then 'lasted ' || looked_at.duration || ' s like other calls, as if cut off by a limit'
        when looked_at.calldate + looked_at.duration * interval '1 second' > looked_at.imported_at + interval '5 minutes'
          then 'ends after its record was read: its time zone or its length is wrong'
      end as suspicion,
      null::bigint as other_call
    from looked_at
    -- Shorter calls can only be wrong by their time zone, and then longer ones are as well.
    where looked_at.duration >= 3600
  ), on_channel as (
    -- Records that follow each other on one uniqueid (failover, transfer, ring group) are one stay on the channel.
    select looked_at.source_id, looked_at.channel, looked_at.uniqueid, min(looked_at.id) as id, min(looked_at.answered) as answered,
      max(looked_at.answered + looked_at.billsec * interval '1 second') as ended
    from looked_at
    where looked_at.billsec > 0 and looked_at.channel ~ '-[0-9a-fA-F]+(;[12])?$'
    group by looked_at.source_id, looked_at.channel, looked_at.uniqueid, case when looked_at.uniqueid = '' then looked_at.id end
  ), overlapping as (
    select next.id, next.answered, next.ended, next.uniqueid,
      lead(next.answered) over channel as next_answered, lead(next.id) over channel as next_id
    from on_channel next
    window channel as (partition by next.source_id, next.channel order by next.answered, next.id)
  ), suspected (id, suspicion, other_call) as (
    select looked_at.id, 'billed for ' || looked_at.billsec || ' s of ' || looked_at.duration || ' s that it lasted', null::bigint
    from looked_at
    where looked_at.billsec > looked_at.duration + 2
    union all
    select of_length.id, of_length.suspicion, of_length.other_call from of_length where of_length.suspicion is not null
    union all
    select overlapping.id, 'still went on for ' || floor(extract(epoch from overlapping.ended - overlapping.next_answered))
      || ' s when the next call was answered on its channel', overlapping.next_id
    from overlapping
    -- Each end may be rounded by a second.
    where overlapping.ended > overlapping.next_answered + interval '2 seconds'
  )
  select call.id, call.status, shown(call.problem, (select sees_numbers())), source.name, suspected.suspicion, suspected.other_call, call.calldate,
    shown(call.channel, (select sees_numbers())), shown(call.uniqueid, (select sees_numbers())), call.duration, call.billsec, call.total, call.currency
  from suspected
  join paidcalls call on call.id = suspected.id
  left join source on source.id = call.source_id
  order by call.duration desc, call.id, suspected.suspicion
$$;
comment on function suspicious_calls_between is
  'select * from suspicious_calls_between(''2026-11-01'', ''2026-12-01''): what the view suspicious_calls says, of calls that began in this time. Reads all of paidcalls once.';

create view suspicious_calls as
select * from suspicious_calls_between(now() - interval '31 days', 'infinity');
comment on view suspicious_calls is
  'Did calls hang? Ask before invoices go out: calls of the last 31 days whose length is a limit of exchanges or of counters, that end after they were read, or that went on while the next call was on their channel. A finding is a question, not a proof: compare with the carrier''s records. There is no index for it: it reads paidcalls once, one to two seconds per million calls.';
comment on column suspicious_calls.suspicion is 'What is odd about it.';
comment on column suspicious_calls.other_call is 'The call that was on its channel too.';
