-- Accepted submissions of good precision whose point lies in a box, in the order of their rows.
select s.head, s.address, s.village, s.geom
from rtree_submissions_geom r
inner join submissions s on s.fid = r.id
where
    r.maxx >= ?1 and r.maxy >= ?2 and r.minx <= ?3 and r.miny <= ?4
    and s.verdict = 'accepted'
    and s.precision in ('A', 'B')
order by s.fid
limit ?5;
