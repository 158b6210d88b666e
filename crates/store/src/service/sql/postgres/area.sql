-- The saved area of an id.
select id, name, units, made_by, made_at, changed_by, changed_at from saved_areas where id = $1;
