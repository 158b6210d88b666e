select st_asbinary(geom) as geom, code, level, name, period::text as period, schematic
from units
order by fid;
