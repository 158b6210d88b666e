-- Schema 2: what people decided. Lines are added and never changed, so that it can be told for ever who decided what.
-- Safe on a store of schema 1: nothing that was there is touched.
create table decisions (
    number integer not null primary key,
    kind text not null,
    target text not null,
    choice text not null,
    decided_by text not null,
    decided_at text not null,
    reason text not null
);

insert into gpkg_contents (table_name, data_type, identifier, description, srs_id) values
    ('decisions', 'attributes', 'decisions', 'Decisions by people · Quyết định', null);

update diachiso_meta set value = '2' where key = 'schema_version';
