-- Households of the first register whose submission's point lies in a box, in the order of their rows.
select h.id, h.village, h.state, s.geom
from rtree_submissions_geom r
inner join submissions s on s.fid = r.id
inner join households h on h.submission = s.fid and h.register = 0
where
    r.maxx >= ?1 and r.maxy >= ?2 and r.minx <= ?3 and r.miny <= ?4
    and h.state not in ('duplicate_line', 'moved', 'gone')
order by s.fid
limit ?5;
