insert into boundaries (geom, code, valid_from, origin, schematic)
values (?, ?, ?, ?, ?)
on conflict (code, valid_from) do update set
    geom = excluded.geom,
    origin = excluded.origin,
    schematic = excluded.schematic;
