-- Schema 6: files handed out end; a job closes those past their day and forgets for what and where they were asked for.
-- Microseconds since 1970 in UTC.
alter table exports add column ended_at integer;
create index exports_open on exports (expires_at) where ended_at is null;
