select id, name, hash, bytes, kind, run, utc(loaded_at) as loaded_at, legal_basis, mapping
from files
order by id;
