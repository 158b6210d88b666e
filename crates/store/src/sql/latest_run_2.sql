-- As latest_run.sql, of a store of schema 1 or 2.
select number, committed_at, rule_version, profile, today, inputs_hash, null as guard, null as identity_key
from runs
order by number desc
limit 1;
