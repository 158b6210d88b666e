-- Entries of the audit log behind a number.
select seq, at, who, action, operation, area, purpose, row_count, columns, export, content_hash, hash
from audit
where seq > $1
order by seq
limit $2;
