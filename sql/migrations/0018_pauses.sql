-- Pauses that a telephone or an exchange makes while it dials stand between the digits of some records.

create or replace function dialled_digits(dialled text) returns text
  language sql immutable parallel safe
  return left(regexp_replace(regexp_replace(
    regexp_replace(
      case when octet_length(left(dialled, 1000)) = length(left(dialled, 1000)) then left(dialled, 1000) else normalize(left(dialled, 1000), nfkc) end,
      '^[[:space:]]*(sips?|tel):|[@;].*$', '', 'gi'),
    '[[:space:]().\/-]', '', 'g'), '(?<=[0-9])[~,wWpP]+(?=[+0-9])', '', 'g'), 41);
