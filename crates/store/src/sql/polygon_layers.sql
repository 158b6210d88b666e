-- Polygon layers of any GeoPackage.
select g.table_name, g.column_name, g.srs_id
from gpkg_geometry_columns g
where upper(g.geometry_type_name) in ('POLYGON', 'MULTIPOLYGON', 'GEOMETRY', 'SURFACE', 'MULTISURFACE', 'GEOMETRYCOLLECTION')
order by g.table_name;
