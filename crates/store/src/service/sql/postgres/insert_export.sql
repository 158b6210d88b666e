-- A file that is about to be handed out.
insert into exports (id, made_at, expires_at, who, operation, area, purpose, format)
values ($1, $2, $3, $4, $5, $6, $7, $8);
