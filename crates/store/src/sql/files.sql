select id, name, hash, bytes, kind, run, loaded_at
from files
order by id;
