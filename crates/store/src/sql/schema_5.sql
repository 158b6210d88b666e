-- Schema 5: places of reference files, by which addresses are found: houses, points of streets, middles of villages.
-- `origin` names the file; one that is loaded again replaces what it brought before.
-- Safe on a store of schema 4: nothing that was there is touched.
create table places (
    id integer not null primary key,
    origin text not null,
    kind text not null,
    name text not null,
    number text not null,
    alley text not null,
    lon double not null,
    lat double not null
);

create index places_by_origin on places (origin);

update diachiso_meta set value = '5' where key = 'schema_version';
