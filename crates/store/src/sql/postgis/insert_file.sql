insert into files (id, name, hash, bytes, kind, run, loaded_at, legal_basis, mapping)
select coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6::timestamptz, $7, $8
from files
on conflict on constraint files_hash_is_unique do nothing;
