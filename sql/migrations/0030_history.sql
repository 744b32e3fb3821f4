-- Pages show who changed a row: its edits are found without reading the log. Prices come by the thousand, and their plan tells what changed.

create index change_log_row on change_log (table_name, (coalesce(new_row, old_row) ->> 'id'), id) where table_name not in ('tarif', 'tarif_step');
