select
    number, utc(committed_at) as committed_at, rule_version, profile, today::text as today, inputs_hash, guard,
    identity_key
from runs
order by number desc
limit 1;
