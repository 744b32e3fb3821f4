-- Some exchanges write several records of one call: Kamailio one when it is answered and one when it ends.

alter table cdr add column part_of text;
create index cdr_part_of on cdr (source_id, part_of) where part_of is not null;
comment on column cdr.part_of is
  'The same for all records that tell of one call together; null for a record that is a call of its own, or none. Those that make no call yet are in the view open_calls.';
