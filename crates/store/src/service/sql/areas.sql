-- All saved areas.
select id, name, units, made_by, made_at, changed_by, changed_at from saved_areas order by id;
