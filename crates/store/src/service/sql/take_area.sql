-- A saved area as another store kept it.
insert into saved_areas (id, name, units, made_by, made_at, changed_by, changed_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
on conflict (id) do update
set name = excluded.name, units = excluded.units, made_by = excluded.made_by, made_at = excluded.made_at,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at;
