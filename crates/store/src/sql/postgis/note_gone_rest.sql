-- Ids of all else that were there before the run and are no more.
insert into gone (kind, id, run, successor)
select w.kind, w.id, $1, null
from pg_temp.was w
where
    (w.kind = 'household' and not exists (select 1 from households h where h.id = w.id))
    or (w.kind = 'unit' and not exists (select 1 from villages v where v.code = w.id))
    or (w.kind = 'proposal' and not exists (select 1 from proposals p where p.id = w.id))
on conflict on constraint gone_pkey do update set
    run = excluded.run,
    successor = excluded.successor;
