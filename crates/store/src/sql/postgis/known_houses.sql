-- Accepted submissions at a point that somebody stood at, with what their address says.
select address, village, commune, collected_on::text as collected_on, accuracy_m, st_asbinary(geom) as geom
from submissions
where verdict = 'accepted' and "precision" in ('A', 'B') and geom is not null
order by fid;
