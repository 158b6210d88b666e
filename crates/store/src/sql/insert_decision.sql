insert into decisions (number, kind, target, choice, decided_by, decided_at, reason)
values (?, ?, ?, ?, ?, ?, ?);
