-- Households of the first register whose submission's point lies in a box, in the order of their rows.
select h.id, h.village, h.state, st_asbinary(s.geom) as geom
from submissions s
inner join households h on h.register = 0 and h.id = s.household and h.submission = s.fid
where
    s.geom && st_makeenvelope($1, $2, $3, $4, 4326)
    and h.state not in ('duplicate_line', 'moved', 'gone')
order by s.fid
limit $5;
