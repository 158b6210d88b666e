insert or ignore into temp.was (kind, id)
select 'proposal', id
from proposals;
