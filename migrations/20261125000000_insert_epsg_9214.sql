-- Why: PostGIS 3.3 ships no EPSG:9214 (VN-2000 / TM-3 107-00, the cadastre's grid in Thừa Thiên Huế), so that
-- st_transform refuses what officers hand in.
-- Why it is safe: one row of reference data, nothing reads it yet, and a row that is there already stays as it is.
-- To undo: delete from spatial_ref_sys where srid = 9214;
insert into spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)
values (
    9214,
    'EPSG',
    9214,
    'PROJCS["VN-2000 / TM-3 107-00",GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],TOWGS84[-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278],AUTHORITY["EPSG","6756"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4756"]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",107],PARAMETER["scale_factor",0.9999],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AUTHORITY["EPSG","9214"]]',
    '+proj=tmerc +lat_0=0 +lon_0=107 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278 +units=m +no_defs'
)
on conflict (srid) do nothing;
