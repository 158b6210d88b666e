-- The geometry of a table and the coordinate system that it is in.
select
    g.column_name,
    coalesce(s.organization, 'NONE') as organization,
    coalesce(s.organization_coordsys_id, g.srs_id) as number,
    coalesce(s.srs_name, '') as title
from gpkg_geometry_columns as g
left join gpkg_spatial_ref_sys as s on s.srs_id = g.srs_id
where g.table_name = ?
order by g.column_name
limit 1;
