select
    id, held_at, after_run, reasons, profile, today, guard, identity_key,
    status, settled_by, settled_at, settled_why, run
from held_batches
order by id;
