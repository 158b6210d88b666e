select st_asbinary(geom) as geom, code, valid_from::text as valid_from, origin, schematic
from boundaries
order by code, valid_from;
