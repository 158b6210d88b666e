select st_asbinary(geom) as geom, code, name, confidence
from villages
order by fid;
