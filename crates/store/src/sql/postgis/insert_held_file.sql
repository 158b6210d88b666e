insert into held_files (
    id, batch, name, hash, bytes, kind, legal_basis, mapping, dropped_columns,
    rows_read, accepted, held, duplicate, rejected, skipped
)
select coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
from held_files
returning id;
