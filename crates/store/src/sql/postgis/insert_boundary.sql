insert into boundaries (geom, code, valid_from, origin, schematic)
values ($1::bytea::geometry, $2, $3::date, $4, $5)
on conflict on constraint boundaries_version_is_unique do update set
    geom = excluded.geom,
    origin = excluded.origin,
    schematic = excluded.schematic;
