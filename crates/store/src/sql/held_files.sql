select
    id, batch, name, hash, bytes, kind, legal_basis, mapping, dropped_columns,
    rows_read, accepted, held, duplicate, rejected, skipped
from held_files
order by batch, id;
