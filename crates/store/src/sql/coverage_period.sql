-- The newest period that had begun on the day, else the oldest.
select period
from (select distinct period from coverage where register = ?1)
order by period <= ?2 desc, case when period <= ?2 then julianday(period) else -julianday(period) end desc
limit 1;
