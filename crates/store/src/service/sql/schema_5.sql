-- Schema 5: saved areas. `units` are units on days (`477@2024-12-31`), one a line. Times are microseconds since 1970 in UTC.
create table saved_areas (
    id text not null primary key,
    name text not null,
    units text not null,
    made_by text not null,
    made_at integer not null,
    changed_by text not null,
    changed_at integer not null
) without rowid;
