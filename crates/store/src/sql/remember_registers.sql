insert or ignore into temp.was (kind, id)
select 'household', id
from households;

insert or ignore into temp.was (kind, id)
select 'unit', code
from villages;
