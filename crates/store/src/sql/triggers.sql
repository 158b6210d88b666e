-- The R-tree triggers of GeoPackage 1.3, one set a layer. They call functions that other tools bring along.
create trigger rtree_units_geom_insert after insert on units
when (new.geom not null and not st_isempty(new.geom))
begin
    insert or replace into rtree_units_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_units_geom_update1 after update of geom on units
when old.fid = new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    insert or replace into rtree_units_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_units_geom_update2 after update of geom on units
when old.fid = new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_units_geom where id = old.fid;
end;

create trigger rtree_units_geom_update3 after update on units
when old.fid != new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    delete from rtree_units_geom where id = old.fid;
    insert or replace into rtree_units_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_units_geom_update4 after update on units
when old.fid != new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_units_geom where id in (old.fid, new.fid);
end;

create trigger rtree_units_geom_delete after delete on units
when old.geom not null
begin
    delete from rtree_units_geom where id = old.fid;
end;

create trigger rtree_villages_geom_insert after insert on villages
when (new.geom not null and not st_isempty(new.geom))
begin
    insert or replace into rtree_villages_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_villages_geom_update1 after update of geom on villages
when old.fid = new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    insert or replace into rtree_villages_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_villages_geom_update2 after update of geom on villages
when old.fid = new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_villages_geom where id = old.fid;
end;

create trigger rtree_villages_geom_update3 after update on villages
when old.fid != new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    delete from rtree_villages_geom where id = old.fid;
    insert or replace into rtree_villages_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_villages_geom_update4 after update on villages
when old.fid != new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_villages_geom where id in (old.fid, new.fid);
end;

create trigger rtree_villages_geom_delete after delete on villages
when old.geom not null
begin
    delete from rtree_villages_geom where id = old.fid;
end;

create trigger rtree_coverage_geom_insert after insert on coverage
when (new.geom not null and not st_isempty(new.geom))
begin
    insert or replace into rtree_coverage_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_coverage_geom_update1 after update of geom on coverage
when old.fid = new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    insert or replace into rtree_coverage_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_coverage_geom_update2 after update of geom on coverage
when old.fid = new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_coverage_geom where id = old.fid;
end;

create trigger rtree_coverage_geom_update3 after update on coverage
when old.fid != new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    delete from rtree_coverage_geom where id = old.fid;
    insert or replace into rtree_coverage_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_coverage_geom_update4 after update on coverage
when old.fid != new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_coverage_geom where id in (old.fid, new.fid);
end;

create trigger rtree_coverage_geom_delete after delete on coverage
when old.geom not null
begin
    delete from rtree_coverage_geom where id = old.fid;
end;

create trigger rtree_gaps_geom_insert after insert on gaps
when (new.geom not null and not st_isempty(new.geom))
begin
    insert or replace into rtree_gaps_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_gaps_geom_update1 after update of geom on gaps
when old.fid = new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    insert or replace into rtree_gaps_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_gaps_geom_update2 after update of geom on gaps
when old.fid = new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_gaps_geom where id = old.fid;
end;

create trigger rtree_gaps_geom_update3 after update on gaps
when old.fid != new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    delete from rtree_gaps_geom where id = old.fid;
    insert or replace into rtree_gaps_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_gaps_geom_update4 after update on gaps
when old.fid != new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_gaps_geom where id in (old.fid, new.fid);
end;

create trigger rtree_gaps_geom_delete after delete on gaps
when old.geom not null
begin
    delete from rtree_gaps_geom where id = old.fid;
end;

create trigger rtree_submissions_geom_insert after insert on submissions
when (new.geom not null and not st_isempty(new.geom))
begin
    insert or replace into rtree_submissions_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_submissions_geom_update1 after update of geom on submissions
when old.fid = new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    insert or replace into rtree_submissions_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_submissions_geom_update2 after update of geom on submissions
when old.fid = new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_submissions_geom where id = old.fid;
end;

create trigger rtree_submissions_geom_update3 after update on submissions
when old.fid != new.fid and (new.geom notnull and not st_isempty(new.geom))
begin
    delete from rtree_submissions_geom where id = old.fid;
    insert or replace into rtree_submissions_geom values (
        new.fid, st_minx(new.geom), st_maxx(new.geom), st_miny(new.geom), st_maxy(new.geom)
    );
end;

create trigger rtree_submissions_geom_update4 after update on submissions
when old.fid != new.fid and (new.geom isnull or st_isempty(new.geom))
begin
    delete from rtree_submissions_geom where id in (old.fid, new.fid);
end;

create trigger rtree_submissions_geom_delete after delete on submissions
when old.geom not null
begin
    delete from rtree_submissions_geom where id = old.fid;
end;
