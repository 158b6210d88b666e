-- Accepted submissions of good precision whose point lies in a box, in the order of their rows.
select s.head, s.address, s.village, st_asbinary(s.geom) as geom
from submissions s
where
    s.geom && st_makeenvelope($1, $2, $3, $4, 4326)
    and s.verdict = 'accepted'
    and s."precision" in ('A', 'B')
order by s.fid
limit $5;
