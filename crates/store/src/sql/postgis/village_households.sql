-- Households of the first register in a village that count, with their own place and what their submission says, unless
-- a finding about code, address or coordinates holds or rejects it; of one without coordinates what the geocoder
-- suggested.
select
    h.id, h.head, h.address, h.state, h.lon, h.lat,
    case when not exists (
        select 1
        from findings f
        where
            f.submission = s.fid
            and f.severity in ('E', 'R')
            and substr(f.code, 1, 1) in ('M', 'A', 'G')
    ) then st_asbinary(s.geom) end as submitted,
    (
        select f.replacement
        from findings f
        where
            f.submission = s.fid
            and f.code = 'G07'
        order by f.fid
        limit 1
    ) as suggested
from households h
left join submissions s on s.fid = h.submission
where
    h.village = $1
    and h.register = 0
    and h.state not in ('duplicate_line', 'moved', 'gone')
order by h.id;
