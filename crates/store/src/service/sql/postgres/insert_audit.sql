-- Entries at the end of the audit log.
insert into audit
    (seq, at, who, action, operation, area, purpose, row_count, columns, export, content_hash, hash)
select *
from unnest(
    $1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[],
    $10::text[], $11::bytea[], $12::bytea[]
);
