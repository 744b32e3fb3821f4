-- The portal: clients who look at what is theirs, and at nothing else.

alter table web_user add column client_id integer;
alter table web_user
  add constraint "client_id must be an existing client" foreign key (client_id) references client,
  drop constraint "role is administrator, operator, bookkeeper or reader",
  add constraint "a role is administrator, operator, bookkeeper, reader, client"
    check (role in ('administrator', 'operator', 'bookkeeper', 'reader', 'client')),
  add constraint "the role client names whose it is, and no other does" check ((role = 'client') = (client_id is not null));
comment on column web_user.role is 'administrator: edits; operator: looks, sets calls going, takes care of alerts; bookkeeper: statements and payments; reader: looks at sums and calls, numbers masked; client: the portal.';
comment on column web_user.client_id is 'Of the role client: whose calls and statements the portal shows.';

-- A client's calls of the last days, without reading those of others.
create index recent_call_client on recent_call (client_id, ended_at);

create function portal_client() returns integer language sql stable parallel safe as $$
  select nullif(current_setting('paidcalls.client', true), '')::integer
$$;
comment on function portal_client is 'The client the portal shows things to, as it says for the transaction; nobody: null, and nothing is shown.';

create function portal_rates(begins text, behind text) returns table (code text, description text, price numeric, connect_fee numeric, currency text)
language sql stable as $$
  select distinct on (tarif.code) tarif.code, tarif.description, tarif.price, tarif.connect_fee, root.currency
  from client_tarif
  join tarifplan_chain chain on chain.tarifnum = client_tarif.tarifnum
  join tarif on tarif.tarifnum = chain.plan
  cross join lateral (
    select link.currency from tarifplan_chain links join tarifplan link on link.tarifnum = links.plan
    where links.tarifnum = client_tarif.tarifnum and link.base is null) root
  where client_tarif.client_id = (select portal_client()) and client_tarif.valid @> now() and tarif.valid @> now()
    and tarif.direction = 'out' and tarif.prefix_id is null and tarif.hours is null
    and tarif.code > behind and (begins = '' or tarif.code like begins || '%' or tarif.code = any (prefixes_of(begins)))
  order by tarif.code, chain.depth
  limit 101
$$;
comment on function portal_rates is 'What a minute costs the client of the portal now, by code: codes that begin so, or that begin this number, those behind a code.';
