-- One entry at the end of the audit log.
insert into audit
    (seq, at, who, action, operation, area, purpose, row_count, columns, export, content_hash, hash)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
