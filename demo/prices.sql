-- demo: prices that follow from the rate deck, which is in the plan World list by now.

-- 25 % off in western Europe, by the second after the first half minute.
insert into tarif (tarifnum, code, description, price, first_sec, step_sec)
select plan.tarifnum, tarif.code, tarif.description, round(tarif.price * 0.75, 4), 30, 1
from tarif
join tarifplan list on list.tarifnum = tarif.tarifnum and list.name = 'World list'
join tarifplan plan on plan.name = 'Europe saver'
where tarif.code ~ '^(44|49|33|353|46)' and tarif.description !~ 'Special|Toll|Premium|Personal';

-- A difference from that difference: mobile telephones in the United Kingdom, by the second from the first.
insert into tarif (tarifnum, code, description, price, first_sec, step_sec)
select plan.tarifnum, tarif.code, tarif.description, round(tarif.price * 0.8, 4), 1, 1
from tarif
join tarifplan saver on saver.tarifnum = tarif.tarifnum and saver.name = 'Europe saver'
join tarifplan plan on plan.name = 'Partner'
where tarif.code ~ '^447';

-- What the carrier takes: 60 % of the list, something also where the list says 0, by the second.
insert into tarif (tarifnum, code, description, price, first_sec, step_sec)
select plan.tarifnum, tarif.code, tarif.description, greatest(round(tarif.price * 0.6, 4), 0.0040), 1, 1
from tarif
join tarifplan list on list.tarifnum = tarif.tarifnum and list.name = 'World list'
join tarifplan plan on plan.name = 'Carrier';

-- The list is from overseas, where British freephone numbers are dear. From here they are free.
insert into tarif (tarifnum, code, description, price)
select tarifnum, code, 'UK - Freephone', 0
from tarifplan, unnest(array['44800', '44808']) code
where name = 'World list';

analyze;
