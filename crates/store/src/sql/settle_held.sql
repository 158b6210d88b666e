-- What was settled before stays as it was settled.
update held_batches
set status = ?, settled_by = ?, settled_at = ?, settled_why = ?, run = ?
where id = ? and status = 'held';
