insert into held_batches (held_at, after_run, reasons, profile, today, guard, identity_key, status)
values (?, ?, ?, ?, ?, ?, ?, 'held')
returning id;
