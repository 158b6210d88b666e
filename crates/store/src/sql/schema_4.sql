-- Schema 4: ids that were published once and are no more, so that none is ever unknown again. `kind` is submission,
-- household, unit or proposal, `run` the run that let it go, `successor` a submission of the same place that stayed.
-- Safe on a store of schema 3: nothing that was there is touched.
create table gone (
    kind text not null,
    id text not null,
    run integer not null,
    successor text,
    primary key (kind, id)
) without rowid;

update diachiso_meta set value = '4' where key = 'schema_version';
