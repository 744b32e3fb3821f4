-- Money that is held for a call nobody will settle is given back by a person, who says why.

create function release_reservation(which uuid, why text) returns boolean language plpgsql set enable_seqscan = off as $$
begin
  if btrim(coalesce(why, '')) = '' or char_length(why) > 200 or not is_plain(why) then
    raise exception 'a release wants a reason of at most 200 signs: it is kept in the log' using errcode = 'invalid_parameter_value';
  end if;
  if why ~ '([0-9][ ()./-]*){7}' then
    raise exception 'the reason of a release names no number: it stays when numbers are forgotten' using errcode = 'invalid_parameter_value';
  end if;
  if not end_reservation(which, 'release') then return false; end if;
  insert into change_log (table_name, operation, new_row)
  select 'reservation', 'release', jsonb_build_object('id', id, 'account_id', account_id, 'source_id', source_id, 'amount', amount, 'made_at', made_at, 'why', btrim(why))
  from reservation where id = which;
  return true;
end $$;
comment on function release_reservation is
  'Gives back what a reservation holds, by hand: who, when, how much and why is noted in change_log. False when it has ended already, or never was. A record that comes later only books.';
