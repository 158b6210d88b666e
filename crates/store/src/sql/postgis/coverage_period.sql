-- The newest period that had begun on the day, else the oldest.
select coalesce(
    (select max(period) from coverage where register = $1 and period <= $2::date),
    (select min(period) from coverage where register = $1)
)::text;
