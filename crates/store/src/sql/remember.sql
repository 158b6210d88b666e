-- What is published before a run replaces it.
create temp table if not exists was (
    kind text not null,
    id text not null,
    place text,
    primary key (kind, id)
) without rowid;

create index if not exists temp.was_place on was (place) where place is not null;

delete from temp.was;
