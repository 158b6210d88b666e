-- What is published before a run replaces it.
create temp table was (
    kind text collate "C" not null,
    id text collate "C" not null,
    place text collate "C",
    primary key (kind, id)
) on commit drop;
