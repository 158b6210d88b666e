-- The file itself: GeoPackage 1.3 metadata, and what lives longer than one run.
pragma application_id = 1196444487;
pragma user_version = 10300;

create table gpkg_spatial_ref_sys (
    srs_name text not null,
    srs_id integer not null primary key,
    organization text not null,
    organization_coordsys_id integer not null,
    definition text not null,
    description text
);

insert into gpkg_spatial_ref_sys values
    ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined cartesian coordinate reference system'),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
    ('WGS 84 geodetic', 4326, 'EPSG', 4326,
     'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
     'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');

create table gpkg_contents (
    table_name text not null primary key,
    data_type text not null,
    identifier text unique,
    description text default '',
    last_change datetime not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    min_x double,
    min_y double,
    max_x double,
    max_y double,
    srs_id integer,
    constraint fk_gc_r_srs_id foreign key (srs_id) references gpkg_spatial_ref_sys (srs_id)
);

create table gpkg_geometry_columns (
    table_name text not null,
    column_name text not null,
    geometry_type_name text not null,
    srs_id integer not null,
    z tinyint not null,
    m tinyint not null,
    constraint pk_geom_cols primary key (table_name, column_name),
    constraint uk_gc_table_name unique (table_name),
    constraint fk_gc_tn foreign key (table_name) references gpkg_contents (table_name),
    constraint fk_gc_srs foreign key (srs_id) references gpkg_spatial_ref_sys (srs_id)
);

create table gpkg_extensions (
    table_name text,
    column_name text,
    extension_name text not null,
    definition text not null,
    scope text not null,
    constraint ge_tce unique (table_name, column_name, extension_name)
);

create table diachiso_meta (
    key text not null primary key,
    value text not null
) without rowid;

insert into diachiso_meta values ('schema_version', '1');

create table runs (
    number integer not null primary key,
    committed_at text not null,
    rule_version integer not null,
    profile text not null,
    inputs_hash text not null,
    today date not null
);

-- Names may repeat (two folders); contents may not.
create table files (
    id integer not null primary key,
    name text not null,
    hash text not null constraint files_hash_is_unique unique,
    bytes integer not null,
    kind text not null,
    run integer not null,
    loaded_at text not null,
    legal_basis text,
    mapping text,
    dropped_columns text,
    rows_read integer,
    accepted integer,
    held integer,
    duplicate integer,
    rejected integer,
    skipped integer,
    first_fid integer,
    last_fid integer
);

create table source_archive (
    id integer not null primary key,
    file integer not null,
    part integer not null,
    data blob not null,
    constraint source_archive_part_is_unique unique (file, part)
);

create table tokens (
    id integer not null primary key,
    hash blob not null constraint tokens_hash_is_unique unique,
    label text not null,
    expires_at text not null
);

create table boundaries (
    fid integer not null primary key,
    geom multipolygon not null,
    code text not null,
    valid_from date not null,
    origin text not null,
    schematic boolean not null,
    constraint boundaries_version_is_unique unique (code, valid_from)
);

create table masks (
    fid integer not null primary key,
    geom multipolygon not null,
    name text not null
);

insert into gpkg_contents (table_name, data_type, identifier, description, srs_id) values
    ('masks', 'features', 'masks', 'Areas that are not shown · Vùng không hiển thị', 4326),
    ('boundaries', 'features', 'boundaries', 'Boundaries imported by people · Ranh giới do người dùng nạp', 4326),
    ('runs', 'attributes', 'runs', 'Runs · Các lần chạy', null),
    ('files', 'attributes', 'files', 'Files taken in · Các tệp đã nạp', null);

insert into gpkg_geometry_columns values
    ('masks', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('boundaries', 'geom', 'MULTIPOLYGON', 4326, 0, 0);
