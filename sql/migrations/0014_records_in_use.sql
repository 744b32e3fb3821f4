-- Import only adds rows, and nearly half of what PostgreSQL did for them was to look up and lock the rows they refer to: the one row
-- of the source, over and over, and the record that the same statement had just made. So here, too, who deletes bears the cost
-- (docs/decisions/0011).

alter table cdr drop constraint cdr_source_id_fkey;
alter table paidcalls drop constraint paidcalls_cdr_id_fkey, drop constraint paidcalls_source_id_fkey;

create function refuse_deleting_read() returns trigger language plpgsql as $$
declare
  read record;
begin
  select old_rows.name, cdr.id as record from old_rows join cdr on cdr.source_id = old_rows.id limit 1 into read;
  if read is not null then
    raise exception 'source % cannot be deleted: record % was read from it', read.name, read.record
      using errcode = 'foreign_key_violation', hint = 'Set enabled = false.';
  end if;
  return null;
end $$;
comment on function refuse_deleting_read is 'Keeps the sources that records are from.';

create trigger refuse_deleting_read after delete on source referencing old table as old_rows
  for each statement execute function refuse_deleting_read();
create trigger refuse_deleting_used after delete on source referencing old table as old_rows
  for each statement execute function refuse_deleting_used('source_id');
create trigger refuse_deleting_used after delete on cdr referencing old table as old_rows
  for each statement execute function refuse_deleting_used('cdr_id');
create trigger refuse_new_id before update of id on source for each row
  when (old.id <> new.id) execute function refuse_new_id();
