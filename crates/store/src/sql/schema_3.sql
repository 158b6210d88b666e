-- Schema 3: batches that are held until a person answers for them, and of each run the limits and the fingerprint of the
-- key that sealed identity numbers, empty where none was (null where a run was made before they were recorded). Lines about batches are kept for ever; the rows of a batch go when it is settled.
-- Safe on a store of schema 2: nothing that was there is touched.
alter table runs add column guard text;
alter table runs add column identity_key text;

create table held_batches (
    id integer not null primary key,
    held_at text not null,
    after_run integer not null,
    reasons text not null,
    profile text not null,
    today date not null,
    guard text not null,
    identity_key text not null,
    status text not null,
    settled_by text,
    settled_at text,
    settled_why text,
    run integer
);

create table held_files (
    id integer not null primary key,
    batch integer not null,
    name text not null,
    hash text not null,
    bytes integer not null,
    kind text not null,
    legal_basis text,
    mapping text,
    dropped_columns text not null,
    rows_read integer not null,
    accepted integer not null,
    held integer not null,
    duplicate integer not null,
    rejected integer not null,
    skipped integer not null
);

create table held_archive (
    id integer not null primary key,
    file integer not null,
    part integer not null,
    data blob not null,
    constraint held_archive_part_is_unique unique (file, part)
);

insert into gpkg_contents (table_name, data_type, identifier, description, srs_id) values
    ('held_batches', 'attributes', 'held_batches', 'Batches held back · Các lô bị giữ lại', null),
    ('held_files', 'attributes', 'held_files', 'Files of batches held back · Tệp của các lô bị giữ lại', null);

update diachiso_meta set value = '3' where key = 'schema_version';
