-- Why: a second wall. A login that answers requests sees rows about persons only where the transaction says for which
-- villages and communes it asks; without saying so it sees none, whatever the program forgets.
-- Why it is safe: policies bind neither the owner of the tables nor a login that may bypass them. One that is neither and
-- ran and served before sees no row from here on until `diachiso migrate --roles` was applied (docs/postgis.md).
-- To undo: 20261129020000_guard_rows.down.sql; no row is touched.
--
-- The settings are `diachiso.rows` = 'all', or codes apart by commas in `diachiso.villages` and `diachiso.communes`. They
-- are set for one transaction. Asked for in a subquery, they are read once a statement and not once a row.

create function holds_everything() returns boolean
language sql stable parallel safe
return coalesce(current_setting('diachiso.rows', true) = 'all', false);

create function held_villages() returns setof text
language sql stable parallel safe
as $$ select unnest(string_to_array(current_setting('diachiso.villages', true), ',')) $$;

create function held_communes() returns setof text
language sql stable parallel safe
as $$ select unnest(string_to_array(current_setting('diachiso.communes', true), ',')) $$;

alter table submissions enable row level security;
create policy submissions_of_the_area on submissions for select using (
    (select holds_everything())
    or village in (select held_villages())
    or village is null and commune in (select held_communes())
);

-- The policy of submissions holds inside this one.
alter table findings enable row level security;
create policy findings_of_the_area on findings for select using (
    (select holds_everything())
    or exists (select from submissions s where s.fid = findings.submission)
);

alter table households enable row level security;
create policy households_of_the_area on households for select using (
    (select holds_everything()) or village in (select held_villages())
);

alter table gaps enable row level security;
create policy gaps_of_the_area on gaps for select using (
    (select holds_everything()) or village in (select held_villages())
);

alter table proposals enable row level security;
create policy proposals_of_the_area on proposals for select using (
    (select holds_everything()) or commune in (select held_communes())
);

-- Lines of a register that could not be used have no area.
alter table register_rejects enable row level security;
create policy register_rejects_of_everything on register_rejects for select using ((select holds_everything()));

-- Rows as they came, of all areas together: nobody who is bound reads them.
alter table source_archive enable row level security;
alter table held_archive enable row level security;

-- A partition is no way around its table.
alter table submissions_rest enable row level security;
alter table households_rest enable row level security;
alter table gaps_rest enable row level security;
