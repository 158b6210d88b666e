-- Ids that were there before the run and are no more; a submission leads on to one of its place that stayed, to the one
-- that named the place if it did.
insert or replace into gone (kind, id, run, successor)
select
    'submission', w.id, ?1,
    coalesce(
        (select s.id from submissions s where s.id = w.place),
        (
            select min(f.id)
            from temp.was f
            join submissions s on s.id = f.id
            where f.kind = 'submission' and f.place = w.place
        )
    )
from temp.was w
where w.kind = 'submission' and not exists (select 1 from submissions s where s.id = w.id);
