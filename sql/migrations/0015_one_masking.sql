-- Who may not see numbers sees the last four digits of each, whatever its digits are parted by and in whose script they are written.

do $$
declare
  -- The digit 0 of each script that Unicode has one of (general category Nd); the other nine follow.
  zeros constant integer[] := '{1632,1776,1984,2406,2534,2662,2790,2918,3046,3174,3302,3430,3558,3664,3792,3872,4160,4240,6112,6160,6470,6608,6784,6800,6992,7088,7232,7248,42528,43216,43264,43472,43504,43600,44016,65296,66720,68912,68928,69734,69872,69942,70096,70384,70736,70864,71248,71360,71376,71386,71472,71904,72016,72688,72784,73040,73120,73184,73552,90416,92768,92864,93008,93552,118000,120782,120792,120802,120812,120822,123200,123632,124144,124401,125264,130032}';
  written text;
  meant text;
begin
  select string_agg(chr(zero + digit), '' order by zero, digit), string_agg(digit::text, '' order by zero, digit)
  into written, meant
  from unnest(zeros) zero, generate_series(0, 9) digit;
  -- Between the digits of a number may stand up to three signs, and up to four of the letters that exchanges write for a pause (w, p) or an
  -- extension (x, ext), and three signs more.
  execute format(
    'create or replace function masked(written text) returns text language sql immutable parallel safe
     return regexp_replace(translate(normalize(written, nfkc), %L, %L), ''[0-9](?=([^0-9A-Za-z]{0,3}([pPwWxX]{0,4}|[eE][xX][tT])[^0-9A-Za-z]{0,3}[0-9]){4})'', ''*'', ''g'')',
    written, meant);
end $$;
