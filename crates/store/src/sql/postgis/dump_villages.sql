select fid::text as key, code, name, commune, lon, lat, st_asbinary(geom) as geom
from villages
where fid > $1::bigint
order by fid
limit $2;
