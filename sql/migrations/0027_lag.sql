-- How long calls take is told beside how many there are.

alter table stage_process add column p50_ms numeric, add column p99_ms numeric;
comment on column stage_process.p50_ms is 'What the latest of its work took, median; of rollup from the price to the sum, of authorize from the question to the answer. Null where it does not say.';
comment on column stage_process.p99_ms is 'The same, 99th percentile.';
