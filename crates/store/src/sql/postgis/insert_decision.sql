insert into decisions (number, kind, target, choice, decided_by, decided_at, reason)
values ($1, $2, $3, $4, $5, $6::timestamptz, $7);
