select number, committed_at, rule_version, profile, today, inputs_hash, guard, identity_key
from runs
order by number desc
limit 1;
