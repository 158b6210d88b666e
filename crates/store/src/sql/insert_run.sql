insert into runs (number, committed_at, rule_version, inputs_hash, today)
values (?, ?, ?, ?, ?);
