-- What was settled before stays as it was settled.
update held_batches
set status = $1, settled_by = $2, settled_at = $3::timestamptz, settled_why = $4, run = $5
where id = $6 and status = 'held';
