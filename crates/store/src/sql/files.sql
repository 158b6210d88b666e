select id, name, hash, bytes, kind, run, loaded_at, legal_basis, mapping
from files
order by id;
