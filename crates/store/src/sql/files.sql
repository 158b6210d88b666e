select id, name, hash, bytes, kind, run, loaded_at, legal_basis
from files
order by id;
