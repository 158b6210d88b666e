-- A batch whose file is on disk, unless its owner handed one in under the same key.
insert into batches (owner, key, by, request, spool, hash, bytes, received_at, state, outcome, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9, $8)
on conflict (owner, key) do nothing
returning id;
