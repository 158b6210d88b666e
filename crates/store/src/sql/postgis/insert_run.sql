insert into runs (number, committed_at, rule_version, profile, inputs_hash, today, guard, identity_key, changes)
values ($1, $2::timestamptz, $3, $4, $5, $6::date, $7, $8, $9);
