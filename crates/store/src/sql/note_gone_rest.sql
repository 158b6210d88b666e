-- Ids of all else that were there before the run and are no more.
insert or replace into gone (kind, id, run)
select w.kind, w.id, ?1
from temp.was w
where
    (w.kind = 'household' and w.id not in (select id from households))
    or (w.kind = 'unit' and w.id not in (select code from villages))
    or (w.kind = 'proposal' and w.id not in (select id from proposals));
