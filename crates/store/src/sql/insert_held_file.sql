insert into held_files (
    batch, name, hash, bytes, kind, legal_basis, mapping, dropped_columns,
    rows_read, accepted, held, duplicate, rejected, skipped
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
returning id;
