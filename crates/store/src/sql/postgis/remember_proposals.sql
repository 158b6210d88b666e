insert into pg_temp.was (kind, id)
select 'proposal', id
from proposals
on conflict do nothing;
