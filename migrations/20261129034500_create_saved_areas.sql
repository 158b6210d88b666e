-- Named sets of units that lists and maps are asked for; for the service, beside its other tables. Safe: a new table, nothing
-- else is touched. `units` are units on days (477@2024-12-31), one a line; times are microseconds since 1970 in UTC.
create table saved_areas (
    id text collate "C" not null,
    name text not null,
    units text not null,
    made_by text not null,
    made_at bigint not null,
    changed_by text not null,
    changed_at bigint not null,
    constraint saved_areas_pkey primary key (id)
);
comment on table saved_areas is 'Saved areas · Vùng đã lưu';
