select number, utc(committed_at) as committed_at, rule_version, changes
from runs
where number < $1
order by number desc
limit $2;
