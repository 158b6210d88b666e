-- Ids that were there before the run and are no more; a submission leads on to one of its place that stayed, to the one
-- that named the place if it did.
with stayed as (
    select f.place, min(f.id) as id
    from pg_temp.was f
    join submissions s on s.id = f.id
    where f.kind = 'submission'
    group by f.place
)
insert into gone (kind, id, run, successor)
select 'submission', w.id, $1, coalesce(s.id, stayed.id)
from pg_temp.was w
left join submissions s on s.id = w.place
left join stayed on stayed.place = w.place
where w.kind = 'submission' and not exists (select 1 from submissions n where n.id = w.id)
on conflict on constraint gone_pkey do update set
    run = excluded.run,
    successor = excluded.successor;
