select st_asbinary(geom) as geom
from submissions
where verdict = 'accepted' and "precision" in ('A', 'B') and geom is not null;
