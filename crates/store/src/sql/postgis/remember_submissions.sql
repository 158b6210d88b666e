insert into pg_temp.was (kind, id, place)
select 'submission', id, coalesce(place, id)
from submissions;
