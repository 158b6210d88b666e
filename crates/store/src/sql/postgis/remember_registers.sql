insert into pg_temp.was (kind, id)
select 'household', id
from households
on conflict do nothing;

insert into pg_temp.was (kind, id)
select 'unit', code
from villages
on conflict do nothing;
