-- What an edit may say. A word that nobody would understand, or that programs and the database understand differently, is refused with the
-- name of its constraint. What is in the tables already stays until it is edited; npm run doctor names it.

-- Whoever works on calls locks paidcalls first: who has it waits for nobody.
lock table paidcalls in access exclusive mode;

create function is_zone(word text) returns boolean language sql immutable parallel safe as $$
  -- IANA names that PostgreSQL and ICU both know and mean alike. Not: abbreviations (CET has no summer time for one of them), offsets
  -- (+03 is west of Greenwich for one), words for the zone of a host.
  select word = any (regexp_split_to_array(btrim('
    Africa/Abidjan Africa/Accra Africa/Addis_Ababa Africa/Algiers Africa/Asmara Africa/Asmera Africa/Bamako Africa/Bangui Africa/Banjul Africa/Bissau
    Africa/Blantyre Africa/Brazzaville Africa/Bujumbura Africa/Cairo Africa/Casablanca Africa/Ceuta Africa/Conakry Africa/Dakar Africa/Dar_es_Salaam
    Africa/Djibouti Africa/Douala Africa/El_Aaiun Africa/Freetown Africa/Gaborone Africa/Harare Africa/Johannesburg Africa/Juba Africa/Kampala
    Africa/Khartoum Africa/Kigali Africa/Kinshasa Africa/Lagos Africa/Libreville Africa/Lome Africa/Luanda Africa/Lubumbashi Africa/Lusaka Africa/Malabo
    Africa/Maputo Africa/Maseru Africa/Mbabane Africa/Mogadishu Africa/Monrovia Africa/Nairobi Africa/Ndjamena Africa/Niamey Africa/Nouakchott
    Africa/Ouagadougou Africa/Porto-Novo Africa/Sao_Tome Africa/Timbuktu Africa/Tripoli Africa/Tunis Africa/Windhoek America/Adak America/Anchorage
    America/Anguilla America/Antigua America/Araguaina America/Argentina/Buenos_Aires America/Argentina/Catamarca America/Argentina/ComodRivadavia
    America/Argentina/Cordoba America/Argentina/Jujuy America/Argentina/La_Rioja America/Argentina/Mendoza America/Argentina/Rio_Gallegos
    America/Argentina/Salta America/Argentina/San_Juan America/Argentina/San_Luis America/Argentina/Tucuman America/Argentina/Ushuaia America/Aruba
    America/Asuncion America/Atikokan America/Atka America/Bahia America/Bahia_Banderas America/Barbados America/Belem America/Belize America/Blanc-Sablon
    America/Boa_Vista America/Bogota America/Boise America/Buenos_Aires America/Cambridge_Bay America/Campo_Grande America/Cancun America/Caracas
    America/Catamarca America/Cayenne America/Cayman America/Chicago America/Chihuahua America/Ciudad_Juarez America/Coral_Harbour America/Cordoba
    America/Costa_Rica America/Coyhaique America/Creston America/Cuiaba America/Curacao America/Danmarkshavn America/Dawson America/Dawson_Creek
    America/Denver America/Detroit America/Dominica America/Edmonton America/Eirunepe America/El_Salvador America/Ensenada America/Fort_Nelson
    America/Fort_Wayne America/Fortaleza America/Glace_Bay America/Godthab America/Goose_Bay America/Grand_Turk America/Grenada America/Guadeloupe
    America/Guatemala America/Guayaquil America/Guyana America/Halifax America/Havana America/Hermosillo America/Indiana/Indianapolis America/Indiana/Knox
    America/Indiana/Marengo America/Indiana/Petersburg America/Indiana/Tell_City America/Indiana/Vevay America/Indiana/Vincennes America/Indiana/Winamac
    America/Indianapolis America/Inuvik America/Iqaluit America/Jamaica America/Jujuy America/Juneau America/Kentucky/Louisville
    America/Kentucky/Monticello America/Knox_IN America/Kralendijk America/La_Paz America/Lima America/Los_Angeles America/Louisville
    America/Lower_Princes America/Maceio America/Managua America/Manaus America/Marigot America/Martinique America/Matamoros America/Mazatlan
    America/Mendoza America/Menominee America/Merida America/Metlakatla America/Mexico_City America/Miquelon America/Moncton America/Monterrey
    America/Montevideo America/Montreal America/Montserrat America/Nassau America/New_York America/Nipigon America/Nome America/Noronha
    America/North_Dakota/Beulah America/North_Dakota/Center America/North_Dakota/New_Salem America/Nuuk America/Ojinaga America/Panama America/Pangnirtung
    America/Paramaribo America/Phoenix America/Port-au-Prince America/Port_of_Spain America/Porto_Acre America/Porto_Velho America/Puerto_Rico
    America/Punta_Arenas America/Rainy_River America/Rankin_Inlet America/Recife America/Regina America/Resolute America/Rio_Branco America/Rosario
    America/Santa_Isabel America/Santarem America/Santiago America/Santo_Domingo America/Sao_Paulo America/Scoresbysund America/Shiprock America/Sitka
    America/St_Barthelemy America/St_Johns America/St_Kitts America/St_Lucia America/St_Thomas America/St_Vincent America/Swift_Current
    America/Tegucigalpa America/Thule America/Thunder_Bay America/Tijuana America/Toronto America/Tortola America/Vancouver America/Virgin
    America/Whitehorse America/Winnipeg America/Yakutat America/Yellowknife Antarctica/Casey Antarctica/Davis Antarctica/DumontDUrville
    Antarctica/Macquarie Antarctica/Mawson Antarctica/McMurdo Antarctica/Palmer Antarctica/Rothera Antarctica/South_Pole Antarctica/Syowa Antarctica/Troll
    Antarctica/Vostok Arctic/Longyearbyen Asia/Aden Asia/Almaty Asia/Amman Asia/Anadyr Asia/Aqtau Asia/Aqtobe Asia/Ashgabat Asia/Ashkhabad Asia/Atyrau
    Asia/Baghdad Asia/Bahrain Asia/Baku Asia/Bangkok Asia/Barnaul Asia/Beirut Asia/Bishkek Asia/Brunei Asia/Calcutta Asia/Chita Asia/Choibalsan
    Asia/Chongqing Asia/Chungking Asia/Colombo Asia/Dacca Asia/Damascus Asia/Dhaka Asia/Dili Asia/Dubai Asia/Dushanbe Asia/Famagusta Asia/Gaza Asia/Harbin
    Asia/Hebron Asia/Ho_Chi_Minh Asia/Hong_Kong Asia/Hovd Asia/Irkutsk Asia/Istanbul Asia/Jakarta Asia/Jayapura Asia/Jerusalem Asia/Kabul Asia/Kamchatka
    Asia/Karachi Asia/Kashgar Asia/Kathmandu Asia/Katmandu Asia/Khandyga Asia/Kolkata Asia/Krasnoyarsk Asia/Kuala_Lumpur Asia/Kuching Asia/Kuwait
    Asia/Macao Asia/Macau Asia/Magadan Asia/Makassar Asia/Manila Asia/Muscat Asia/Nicosia Asia/Novokuznetsk Asia/Novosibirsk Asia/Omsk Asia/Oral
    Asia/Phnom_Penh Asia/Pontianak Asia/Pyongyang Asia/Qatar Asia/Qostanay Asia/Qyzylorda Asia/Rangoon Asia/Riyadh Asia/Saigon Asia/Sakhalin
    Asia/Samarkand Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Srednekolymsk Asia/Taipei Asia/Tashkent Asia/Tbilisi Asia/Tehran Asia/Tel_Aviv Asia/Thimbu
    Asia/Thimphu Asia/Tokyo Asia/Tomsk Asia/Ujung_Pandang Asia/Ulaanbaatar Asia/Ulan_Bator Asia/Urumqi Asia/Ust-Nera Asia/Vientiane Asia/Vladivostok
    Asia/Yakutsk Asia/Yangon Asia/Yekaterinburg Asia/Yerevan Atlantic/Azores Atlantic/Bermuda Atlantic/Canary Atlantic/Cape_Verde Atlantic/Faeroe
    Atlantic/Faroe Atlantic/Jan_Mayen Atlantic/Madeira Atlantic/Reykjavik Atlantic/South_Georgia Atlantic/St_Helena Atlantic/Stanley Australia/ACT
    Australia/Adelaide Australia/Brisbane Australia/Broken_Hill Australia/Canberra Australia/Currie Australia/Darwin Australia/Eucla Australia/Hobart
    Australia/LHI Australia/Lindeman Australia/Lord_Howe Australia/Melbourne Australia/NSW Australia/North Australia/Perth Australia/Queensland
    Australia/South Australia/Sydney Australia/Tasmania Australia/Victoria Australia/West Australia/Yancowinna Brazil/Acre Brazil/DeNoronha Brazil/East
    Brazil/West Canada/Atlantic Canada/Central Canada/Eastern Canada/Mountain Canada/Newfoundland Canada/Pacific Canada/Saskatchewan Canada/Yukon
    Chile/Continental Chile/EasterIsland Etc/GMT Etc/GMT+0 Etc/GMT+1 Etc/GMT+10 Etc/GMT+11 Etc/GMT+12 Etc/GMT+2 Etc/GMT+3 Etc/GMT+4 Etc/GMT+5 Etc/GMT+6
    Etc/GMT+7 Etc/GMT+8 Etc/GMT+9 Etc/GMT-0 Etc/GMT-1 Etc/GMT-10 Etc/GMT-11 Etc/GMT-12 Etc/GMT-13 Etc/GMT-14 Etc/GMT-2 Etc/GMT-3 Etc/GMT-4 Etc/GMT-5
    Etc/GMT-6 Etc/GMT-7 Etc/GMT-8 Etc/GMT-9 Etc/GMT0 Etc/Greenwich Etc/UCT Etc/UTC Etc/Universal Etc/Zulu Europe/Amsterdam Europe/Andorra Europe/Astrakhan
    Europe/Athens Europe/Belfast Europe/Belgrade Europe/Berlin Europe/Bratislava Europe/Brussels Europe/Bucharest Europe/Budapest Europe/Busingen
    Europe/Chisinau Europe/Copenhagen Europe/Dublin Europe/Gibraltar Europe/Guernsey Europe/Helsinki Europe/Isle_of_Man Europe/Istanbul Europe/Jersey
    Europe/Kaliningrad Europe/Kiev Europe/Kirov Europe/Kyiv Europe/Lisbon Europe/Ljubljana Europe/London Europe/Luxembourg Europe/Madrid Europe/Malta
    Europe/Mariehamn Europe/Minsk Europe/Monaco Europe/Moscow Europe/Nicosia Europe/Oslo Europe/Paris Europe/Podgorica Europe/Prague Europe/Riga
    Europe/Rome Europe/Samara Europe/San_Marino Europe/Sarajevo Europe/Saratov Europe/Simferopol Europe/Skopje Europe/Sofia Europe/Stockholm
    Europe/Tallinn Europe/Tirane Europe/Tiraspol Europe/Ulyanovsk Europe/Uzhgorod Europe/Vaduz Europe/Vatican Europe/Vienna Europe/Vilnius
    Europe/Volgograd Europe/Warsaw Europe/Zagreb Europe/Zaporozhye Europe/Zurich Indian/Antananarivo Indian/Chagos Indian/Christmas Indian/Cocos
    Indian/Comoro Indian/Kerguelen Indian/Mahe Indian/Maldives Indian/Mauritius Indian/Mayotte Indian/Reunion Mexico/BajaNorte Mexico/BajaSur
    Mexico/General Pacific/Apia Pacific/Auckland Pacific/Bougainville Pacific/Chatham Pacific/Chuuk Pacific/Easter Pacific/Efate Pacific/Enderbury
    Pacific/Fakaofo Pacific/Fiji Pacific/Funafuti Pacific/Galapagos Pacific/Gambier Pacific/Guadalcanal Pacific/Guam Pacific/Honolulu Pacific/Johnston
    Pacific/Kanton Pacific/Kiritimati Pacific/Kosrae Pacific/Kwajalein Pacific/Majuro Pacific/Marquesas Pacific/Midway Pacific/Nauru Pacific/Niue
    Pacific/Norfolk Pacific/Noumea Pacific/Pago_Pago Pacific/Palau Pacific/Pitcairn Pacific/Pohnpei Pacific/Ponape Pacific/Port_Moresby Pacific/Rarotonga
    Pacific/Saipan Pacific/Samoa Pacific/Tahiti Pacific/Tarawa Pacific/Tongatapu Pacific/Truk Pacific/Wake Pacific/Wallis Pacific/Yap US/Alaska
    US/Aleutian US/Arizona US/Central US/East-Indiana US/Eastern US/Hawaii US/Indiana-Starke US/Michigan US/Mountain US/Pacific US/Samoa UTC
', E' \n'), '\s+'))
$$;
comment on function is_zone is 'Whether a word is an IANA zone, as Area/City or UTC, that all programs understand alike.';

create function is_country(word text) returns boolean language sql immutable parallel safe as $$
  select word = any (regexp_split_to_array(btrim('
    AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO
    CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP
    MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH
    SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA
    ZM ZW
', E' \n'), '\s+'))
$$;
comment on function is_country is 'Whether two letters are a country of ISO 3166-1, or one of the three more that have telephone numbers (AC, TA, XK).';

create function is_currency(word text) returns boolean language sql immutable parallel safe as $$
  select word = any (regexp_split_to_array(btrim('
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUC CUP CVE CZK DJF
    DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW
    KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
    QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES
    VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL
', E' \n'), '\s+'))
$$;
comment on function is_currency is 'Whether three letters are a currency of ISO 4217, in use or of the past; not metals, tests and XXX.';

create function is_plain(written text) returns boolean language sql immutable parallel safe as $$
  select written !~ '[\u0001-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]'
$$;
comment on function is_plain is 'Whether a text has no control characters and no signs that turn the direction of writing.';

alter table source
  add constraint "time_zone is an IANA name such as Europe/Moscow" check (is_zone(time_zone)) not valid,
  add constraint "country is one of ISO 3166, such as RU" check (is_country(country)) not valid,
  add constraint "extension_digits is a list such as {3,4}" check (
    cardinality(extension_digits) > 0 and array_ndims(extension_digits) = 1 and array_position(extension_digits, null) is null) not valid,
  add constraint "a source's name has no control characters" check (is_plain(name)) not valid;
alter table tarifplan
  add constraint "a plan's time_zone is an IANA name such as Europe/Moscow" check (is_zone(time_zone)) not valid,
  add constraint "a currency is one of ISO 4217, such as EUR" check (is_currency(currency)) not valid,
  add constraint "a plan's name has no control characters" check (is_plain(name)) not valid;
alter table tarif
  add constraint "a code begins with a country code, never with 0" check (code !~ '^0') not valid,
  add constraint "days are a list such as {6,7}" check (array_ndims(days) = 1 and array_position(days, null) is null) not valid,
  add constraint "a description has no control characters" check (is_plain(description)) not valid;
alter table client
  add constraint "a client needs a name" check (btrim(name) <> '') not valid,
  add constraint "a client's name has no control characters" check (is_plain(name)) not valid;
alter table provider
  add constraint "a provider's name has no control characters" check (is_plain(name)) not valid,
  add constraint "a channel has no control characters" check (is_plain(channel)) not valid;
alter table callerid
  add constraint "a caller ID of kind number or did is digits" check (
    kind not in ('number', 'did') or callerid ~ '^[+]?[ ().*#/-]*[0-9][0-9 ().*#/-]*$') not valid,
  add constraint "a caller ID has no control characters" check (is_plain(callerid)) not valid;
alter table prefix
  add constraint "a prefix's description has no control characters" check (is_plain(description)) not valid;

-- An id written by hand moves its counter on, so that the next row without one gets another.

create function move_counter() returns trigger language plpgsql as $$
declare
  counter regclass := pg_get_serial_sequence(quote_ident(tg_table_name), tg_argv[0]);
  highest bigint;
begin
  execute format('select max(%I) from new_rows', tg_argv[0]) into highest;
  if highest > (select coalesce(last_value, 0) from pg_sequences where (quote_ident(schemaname) || '.' || quote_ident(sequencename))::regclass = counter) then
    perform setval(counter, highest);
  end if;
  return null;
end $$;
comment on function move_counter is 'Moves the counter of a table on to the highest id there is, when ids are written by hand.';

-- Truncating is the owner's, and an edit like any other: it is logged, it heals, and it forgets nothing that calls refer to.

create function note_truncate() returns trigger language plpgsql as $$
declare
  edited_keys text[];
begin
  execute format('insert into change_log (table_name, operation, old_row) select %L, ''delete'', to_jsonb(o) from %I o', tg_table_name, tg_table_name);
  execute format('select array_agg(distinct key) from %I o, waits_for_keys(o) key', tg_table_name) into edited_keys;
  perform note_healing(edited_keys);
  return null;
end $$;
comment on function note_truncate is 'Logs the rows of a table that is emptied, and notes which waiting calls that may heal.';

create function refuse_emptying_used() returns trigger language plpgsql as $$
declare
  used bigint;
begin
  execute format(
    'select id from (select id, %1$I from paidcalls union all select id, %1$I from archived_call) call where %1$I is not null limit 1', tg_argv[0]) into used;
  if used is not null then
    raise exception '% cannot be emptied: call % refers to a row of it', tg_table_name, used using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
comment on function refuse_emptying_used is 'Keeps tables that calls refer to from being truncated.';

do $$
declare
  edited record;
begin
  for edited in
    select * from (values ('callerid', 'id', null), ('client', 'id', 'client_id'), ('client_tarif', null, null), ('provider', 'id', 'provider_id'),
      ('provider_tarif', null, null), ('prefix', 'id', 'prefix_id'), ('source', 'id', 'source_id'), ('tarifplan', 'tarifnum', null),
      ('tarif', 'id', 'code_id'), ('tarif_step', null, null), ('bundle', 'id', null), ('bundle_code', null, null), ('client_reader', null, null)) t (name, key, used)
  loop
    execute format('create trigger note_truncate before truncate on %I for each statement execute function note_truncate()', edited.name);
    if edited.used is not null then
      execute format('create trigger refuse_truncate before truncate on %I for each statement execute function refuse_emptying_used(%L)', edited.name, edited.used);
    end if;
    if edited.key is not null then
      execute format('create trigger move_counter after insert on %I referencing new table as new_rows
        for each statement execute function move_counter(%L)', edited.name, edited.key);
    end if;
  end loop;
end $$;
create trigger tarifplan_chain_of_none after truncate on tarifplan for each statement execute function tarifplan_chain_refresh();
create trigger with_its_bases_of_none after truncate on bundle for each statement execute function priced_plan_refresh();

-- A guard is planned once a session, maybe while its table is still empty: it goes by the key all the same.
alter function guard_decision() set enable_seqscan = off;
alter function guard_price() set enable_seqscan = off;
