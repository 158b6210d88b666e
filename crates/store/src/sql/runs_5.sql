-- As runs.sql, of a store of schema 5 or older.
select number, committed_at, rule_version, null as changes
from runs
where number < ?
order by number desc
limit ?;
