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

-- Whoever else changes a row voids the digests, so that the next run replaces everything.
create trigger units_touched_insert after insert on units
begin
    delete from digests where layer = 'layout';
end;

create trigger units_touched_update after update on units
begin
    delete from digests where layer = 'layout';
end;

create trigger units_touched_delete after delete on units
begin
    delete from digests where layer = 'layout';
end;

create trigger villages_touched_insert after insert on villages
begin
    delete from digests where layer = 'layout';
end;

create trigger villages_touched_update after update on villages
begin
    delete from digests where layer = 'layout';
end;

create trigger villages_touched_delete after delete on villages
begin
    delete from digests where layer = 'layout';
end;

create trigger coverage_touched_insert after insert on coverage
begin
    delete from digests where layer = 'layout';
end;

create trigger coverage_touched_update after update on coverage
begin
    delete from digests where layer = 'layout';
end;

create trigger coverage_touched_delete after delete on coverage
begin
    delete from digests where layer = 'layout';
end;

create trigger gaps_touched_insert after insert on gaps
begin
    delete from digests where layer = 'layout';
end;

create trigger gaps_touched_update after update on gaps
begin
    delete from digests where layer = 'layout';
end;

create trigger gaps_touched_delete after delete on gaps
begin
    delete from digests where layer = 'layout';
end;

create trigger submissions_touched_insert after insert on submissions
begin
    delete from digests where layer = 'layout';
end;

create trigger submissions_touched_update after update on submissions
begin
    delete from digests where layer = 'layout';
end;

create trigger submissions_touched_delete after delete on submissions
begin
    delete from digests where layer = 'layout';
end;

create trigger findings_touched_insert after insert on findings
begin
    delete from digests where layer = 'layout';
end;

create trigger findings_touched_update after update on findings
begin
    delete from digests where layer = 'layout';
end;

create trigger findings_touched_delete after delete on findings
begin
    delete from digests where layer = 'layout';
end;

create trigger households_touched_insert after insert on households
begin
    delete from digests where layer = 'layout';
end;

create trigger households_touched_update after update on households
begin
    delete from digests where layer = 'layout';
end;

create trigger households_touched_delete after delete on households
begin
    delete from digests where layer = 'layout';
end;

create trigger registers_touched_insert after insert on registers
begin
    delete from digests where layer = 'layout';
end;

create trigger registers_touched_update after update on registers
begin
    delete from digests where layer = 'layout';
end;

create trigger registers_touched_delete after delete on registers
begin
    delete from digests where layer = 'layout';
end;

create trigger rules_touched_insert after insert on rules
begin
    delete from digests where layer = 'layout';
end;

create trigger rules_touched_update after update on rules
begin
    delete from digests where layer = 'layout';
end;

create trigger rules_touched_delete after delete on rules
begin
    delete from digests where layer = 'layout';
end;

create trigger repeats_touched_insert after insert on repeats
begin
    delete from digests where layer = 'layout';
end;

create trigger repeats_touched_update after update on repeats
begin
    delete from digests where layer = 'layout';
end;

create trigger repeats_touched_delete after delete on repeats
begin
    delete from digests where layer = 'layout';
end;

create trigger skipped_touched_insert after insert on skipped
begin
    delete from digests where layer = 'layout';
end;

create trigger skipped_touched_update after update on skipped
begin
    delete from digests where layer = 'layout';
end;

create trigger skipped_touched_delete after delete on skipped
begin
    delete from digests where layer = 'layout';
end;

create trigger register_rejects_touched_insert after insert on register_rejects
begin
    delete from digests where layer = 'layout';
end;

create trigger register_rejects_touched_update after update on register_rejects
begin
    delete from digests where layer = 'layout';
end;

create trigger register_rejects_touched_delete after delete on register_rejects
begin
    delete from digests where layer = 'layout';
end;

create trigger areas_touched_insert after insert on areas
begin
    delete from digests where layer = 'layout';
end;

create trigger areas_touched_update after update on areas
begin
    delete from digests where layer = 'layout';
end;

create trigger areas_touched_delete after delete on areas
begin
    delete from digests where layer = 'layout';
end;

create trigger proposals_touched_insert after insert on proposals
begin
    delete from digests where layer = 'layout';
end;

create trigger proposals_touched_update after update on proposals
begin
    delete from digests where layer = 'layout';
end;

create trigger proposals_touched_delete after delete on proposals
begin
    delete from digests where layer = 'layout';
end;

create trigger proposal_rows_touched_insert after insert on proposal_rows
begin
    delete from digests where layer = 'layout';
end;

create trigger proposal_rows_touched_update after update on proposal_rows
begin
    delete from digests where layer = 'layout';
end;

create trigger proposal_rows_touched_delete after delete on proposal_rows
begin
    delete from digests where layer = 'layout';
end;
