insert into held_batches (id, held_at, after_run, reasons, profile, today, guard, identity_key, status)
select coalesce(max(id), 0) + 1, $1::timestamptz, $2, $3, $4, $5::date, $6, $7, 'held'
from held_batches
returning id;
