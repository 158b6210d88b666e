-- Accepted submissions whose village is known, in the order of their rows.
select
    s.id, s.village, s.commune, s.collected_on::text as collected_on, s.collector, s.team,
    st_asbinary(s.geom) as geom
from submissions s
where
    s.verdict = 'accepted'
    and s.village is not null
    and s.geom is not null
order by s.fid;
