insert into held_batches (held_at, after_run, reasons, profile, today, guard, status)
values (?, ?, ?, ?, ?, ?, 'held')
returning id;
