-- What was decided of submissions that were erased: that it was, not where they lie nor why. Their ids come as a JSON array.
update decisions
set target = case when kind = 'point' then substr(target, 1, 32) else target end, reason = '–'
where
    kind in ('verdict', 'unit', 'point')
    and substr(target, 1, 32) in (select value from json_each(?1));
