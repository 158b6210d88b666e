-- What every run replaces. Dropping a table drops its triggers with it.
drop table if exists rtree_units_geom;
drop table if exists rtree_villages_geom;
drop table if exists rtree_coverage_geom;
drop table if exists rtree_gaps_geom;
drop table if exists rtree_submissions_geom;
drop table if exists units;
drop table if exists villages;
drop table if exists coverage;
drop table if exists gaps;
drop table if exists submissions;
drop table if exists findings;
drop table if exists households;
drop table if exists registers;
drop table if exists rules;
drop table if exists repeats;
drop table if exists skipped;
drop table if exists register_rejects;
drop table if exists areas;
drop table if exists proposals;
drop table if exists proposal_rows;
drop table if exists digests;

-- Digests of the rows below, 4096 numbers a part, so that the next run writes what changed; those of `layout` are of this
-- text.
create table digests (
    layer text not null,
    part integer not null,
    data blob not null,
    primary key (layer, part)
) without rowid;

create table units (
    fid integer not null primary key,
    geom multipolygon,
    code text not null,
    level text not null,
    name text not null,
    period date not null,
    schematic boolean not null
);

-- `confidence` of the shape: 0 without one, 1 for an official one; `outside` counts accepted points beyond it.
create table villages (
    fid integer not null primary key,
    geom multipolygon,
    code text not null,
    name text not null,
    commune text not null,
    commune_name text not null,
    lon double,
    lat double,
    confidence double not null,
    outside integer not null
);

-- One row a unit, period and register; the shape is absent where none is known.
create table coverage (
    fid integer not null primary key,
    geom multipolygon,
    code text not null,
    level text not null,
    name text not null,
    parent text,
    period date not null,
    register integer not null,
    source text not null,
    closed_on date not null,
    schematic boolean,
    households integer not null,
    percent double,
    covered integer not null,
    pending integer not null,
    rejected integer not null,
    none integer not null,
    claimed integer not null,
    absent integer not null,
    away integer not null,
    refused integer not null,
    leaving integer not null,
    duplicate_line integer not null,
    moved integer not null,
    gone integer not null,
    outside_list integer not null,
    persons integer not null,
    persons_covered integer not null,
    poor integer not null,
    poor_covered integer not null,
    near_poor integer not null,
    near_poor_covered integer not null,
    by_class_a integer not null,
    by_class_b integer not null,
    by_class_c integer not null,
    by_class_d integer not null,
    by_class_e integer not null
);

-- Points are suggested positions. `rank` puts the poor first: 0 poor, 1 near-poor, 2 none.
create table gaps (
    fid integer not null primary key,
    geom point,
    register integer not null,
    source text not null,
    household text not null,
    head text not null,
    address text not null,
    village text not null,
    village_name text not null,
    commune text not null,
    commune_name text not null,
    members integer not null,
    poverty text not null,
    rank integer not null,
    state text not null,
    submission text,
    reasons text not null
);

-- `fid` is the number of the file times 2^30 plus the row, so that a row keeps it and the row report reads in order without
-- another index. `place` is the submission that
-- names the place, where that is another one.
create table submissions (
    fid integer not null primary key,
    geom point,
    id text not null,
    file integer not null,
    row integer not null,
    verdict text not null,
    master text,
    place text,
    register integer,
    household text,
    bits double,
    form text not null,
    code text not null,
    head text not null,
    identity_last3 integer,
    phone integer,
    address text not null,
    village text,
    village_text text not null,
    commune text,
    members integer,
    poverty text not null,
    precision text,
    accuracy_m double,
    collected_on date,
    collector text not null,
    team text not null
);

-- `fid` is the submission's times 4096 plus a running number: the findings of one lie together.
create table findings (
    fid integer not null primary key,
    submission integer not null,
    code text not null,
    severity text not null,
    field text,
    original text not null,
    replacement text
);

create table households (
    fid integer not null primary key,
    register integer not null,
    id text not null,
    head text not null,
    birth_year integer,
    village text not null,
    commune text not null,
    address text not null,
    members integer not null,
    poverty text not null,
    status text not null,
    state text not null,
    submission integer,
    lon double,
    lat double
);

create table registers (
    number integer not null primary key,
    source text not null,
    closed_on date not null,
    households integer not null
);

create table rules (
    number integer not null primary key,
    code text not null,
    severity text not null,
    vi text not null,
    en text not null,
    findings integer not null
);

create table repeats (
    fid integer not null primary key,
    file integer not null,
    row integer not null,
    submission integer not null
);

create table skipped (
    fid integer not null primary key,
    file integer not null,
    row integer not null,
    reason text not null
);

-- Lines of registers that cannot be used (rule L01) and the cell to blame.
create table register_rejects (
    fid integer not null primary key,
    file integer not null,
    row integer not null,
    code text not null,
    severity text not null,
    field text,
    original text not null
);

-- What is proposed to people; `rows` counts those of `proposal_rows`, `files` names where they stand.
create table proposals (
    fid integer not null primary key,
    id text not null,
    kind text not null,
    vi text not null,
    subject text not null,
    collector text not null,
    commune text,
    remedy text not null,
    shift_m double,
    azimuth_deg double,
    zone text,
    votes integer not null,
    rows integer not null,
    confidence double not null,
    evidence text not null,
    status text not null,
    files text not null
);

create table proposal_rows (
    fid integer not null primary key,
    proposal text not null,
    submission integer not null
);

-- Which villages of the first register lie in which unit, from its closing date on.
create table areas (
    code text not null,
    period text not null,
    village text not null,
    primary key (code, period, village)
) without rowid;

create virtual table rtree_units_geom using rtree(id, minx, maxx, miny, maxy);
create virtual table rtree_villages_geom using rtree(id, minx, maxx, miny, maxy);
create virtual table rtree_coverage_geom using rtree(id, minx, maxx, miny, maxy);
create virtual table rtree_gaps_geom using rtree(id, minx, maxx, miny, maxy);
create virtual table rtree_submissions_geom using rtree(id, minx, maxx, miny, maxy);
