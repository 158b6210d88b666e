insert into runs (number, committed_at, rule_version, profile, inputs_hash, today, guard, identity_key, changes)
values (?, ?, ?, ?, ?, ?, ?, ?, ?);
