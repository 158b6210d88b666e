select number, committed_at, rule_version, profile, today, inputs_hash, guard
from runs
order by number desc
limit 1;
