select number, committed_at, rule_version, changes
from runs
where number < ?
order by number desc
limit ?;
