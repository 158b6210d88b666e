insert or replace into gpkg_geometry_columns values
    ('units', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('villages', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('coverage', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('gaps', 'geom', 'POINT', 4326, 0, 0),
    ('submissions', 'geom', 'POINT', 4326, 0, 0);

insert or replace into gpkg_extensions values
    ('units', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only'),
    ('villages', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only'),
    ('coverage', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only'),
    ('gaps', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only'),
    ('submissions', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');
