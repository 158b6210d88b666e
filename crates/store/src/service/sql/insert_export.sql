-- A file that is about to be handed out.
insert into exports (id, made_at, expires_at, who, operation, area, purpose, format)
values (?, ?, ?, ?, ?, ?, ?, ?);
