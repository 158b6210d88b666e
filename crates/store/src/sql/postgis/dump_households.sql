select
    h.fid::text as key, h.register, h.id, h.head, h.birth_year, h.village, h.commune, h.address, h.members, h.poverty,
    h.status, h.state, s.id as submission, h.lon, h.lat
from households h
left join submissions s on s.fid = h.submission
where h.fid > $1::bigint
order by h.fid
limit $2;
