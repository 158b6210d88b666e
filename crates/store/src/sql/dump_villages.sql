select fid as key, code, name, commune, lon, lat, geom
from villages
where fid > ?1
order by fid
limit ?2;
