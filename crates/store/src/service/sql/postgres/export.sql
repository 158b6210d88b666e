-- A file that was handed out, by its id.
select made_at, expires_at, who, operation, area, purpose, format from exports where id = $1;
