-- A saved area, new or in place of the one with its id; of others' none where $6 says whose it must be.
insert into saved_areas (id, name, units, made_by, made_at, changed_by, changed_at)
values ($1, $2, $3, $4, $5, $4, $5)
on conflict (id) do update
set name = excluded.name, units = excluded.units, changed_by = excluded.changed_by, changed_at = excluded.changed_at
where $6::text is null or saved_areas.made_by = $6;
