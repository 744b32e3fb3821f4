-- Channels with a number inside, and the two halves of a Local channel.

-- Whoever works on calls locks paidcalls first: who has it waits for nobody.
lock table paidcalls in access exclusive mode;

create or replace function trunk_names(channel text) returns text[]
  language sql immutable parallel safe
  return case
    when channel = '' then '{}'::text[]
    when channel like 'Local/%@%' then array[
      regexp_replace(channel, '-[0-9a-fA-F]+(;[12])?$', ''),
      regexp_replace(channel, ';[12]$', ''),
      '@' || regexp_replace(regexp_replace(channel, '^[^@]*@', ''), '(-[0-9a-fA-F]+)?(;[12])?$', '')]
    when channel like 'sofia/%@%' then array[
      regexp_replace(channel, '^(sofia/[^/]*/)[^@]*(@[^:;]*).*$', '\1\2'),
      regexp_replace(channel, '^(sofia/[^/]*)/.*$', '\1'),
      channel]
    when channel like 'sofia/%' then array[channel]
    -- PJSIP/trunk_1/01632960001-00000001, DAHDI/i1/01632960001-1: the trunk stands before the number.
    when channel like '%/%/%' then array[
      regexp_replace(channel, '-[0-9a-fA-F]+(;[12])?$', ''),
      regexp_replace(channel, ';[12]$', ''),
      regexp_replace(channel, '^([^/]+/[^/@]+)/.*$', '\1')]
    -- PJSIP/01632960001@trunk_1-00000001: behind it.
    when channel like '%/%@%' then array[
      regexp_replace(channel, '-[0-9a-fA-F]+(;[12])?$', ''),
      regexp_replace(channel, ';[12]$', ''),
      regexp_replace(regexp_replace(channel, '-[0-9a-fA-F]+(;[12])?$', ''), '^([^/]+/)[^@]*@', '\1')]
    else array[regexp_replace(channel, '-[0-9a-fA-F]+(;[12])?$', ''), regexp_replace(channel, ';[12]$', '')]
  end;
comment on function trunk_names is
  'The names a channel may have in provider.channel or callerid.callerid: without its counter; without a number in it; of a Local channel the part from @; of FreeSWITCH sofia/external/@host and sofia/external, too.';

-- A first half waits for a provider only where its second half has no record of its own; it may be the second that comes later.
create index paidcalls_second_half on paidcalls (source_id, channel) where channel like 'Local/%;2';

create function note_second_half() returns trigger language plpgsql as $$
begin
  perform note_healing(array['provider ' || left(new.channel, -2)]);
  return null;
end $$;
comment on function note_second_half is 'When the record of the second half of a Local channel comes, the first half that waits for a provider looks again.';
create trigger note_second_half after insert on paidcalls
  for each row when (new.channel like 'Local/%;2') execute function note_second_half();
