-- Files handed out that are past their end and not closed yet.
select id from exports where ended_at is null and expires_at <= $1 order by expires_at, id limit $2;
