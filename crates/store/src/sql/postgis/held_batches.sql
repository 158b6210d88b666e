select
    id, utc(held_at) as held_at, after_run, reasons, profile, today::text as today, guard, identity_key,
    status, settled_by, utc(settled_at) as settled_at, settled_why, run
from held_batches
order by id;
