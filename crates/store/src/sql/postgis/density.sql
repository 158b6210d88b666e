-- Where the households of the first register that count are: the covered at their places; of the others the point of
-- their submission, unless a finding about code, address or coordinates holds or rejects it, else what their line has,
-- the centre of the village.
select true as covered, h.lon, h.lat, null::bytea as submitted
from households h
where h.register = 0 and h.state = 'covered'
union all
select
    false as covered, h.lon, h.lat,
    case when not exists (
        select 1
        from findings f
        where
            f.submission = s.fid
            and f.severity in ('E', 'R')
            and substr(f.code, 1, 1) in ('M', 'A', 'G')
    ) then st_asbinary(s.geom) end as submitted
from households h
left join submissions s on s.fid = h.submission
where h.register = 0 and h.state not in ('covered', 'duplicate_line', 'moved', 'gone');
