-- Where the households of the first register that count are: the covered at their places; of the others the point of
-- their submission, unless a finding about code, address or coordinates holds or rejects it, else what their line has,
-- the centre of the village. A thousand households are one row, their places one text of billionths of a degree, since
-- a row costs more to read than what stands in it; one with a point of its submission is a row of its own.
with counted as (
    select
        h.fid,
        h.state = 'covered' as covered,
        h.lon,
        h.lat,
        case when h.state <> 'covered' and not exists (
            select 1
            from findings f
            where
                f.submission = s.fid
                and f.severity in ('E', 'R')
                and substr(f.code, 1, 1) in ('M', 'A', 'G')
        ) then st_asbinary(s.geom) end as submitted
    from households h
    left join submissions s on s.fid = h.submission
    where h.register = 0 and h.state not in ('duplicate_line', 'moved', 'gone')
)
select
    covered,
    (array_agg(submitted))[1] as submitted,
    count(*) - count(lon) as nowhere,
    string_agg(round(lon * 1e9)::bigint || ' ' || round(lat * 1e9)::bigint, ' ') as places
from counted
group by covered, case when submitted is null then fid / 1024 else -fid end;
