-- Households of the first register in a village that count, with their own place and what their submission says, unless
-- a finding about code, address or coordinates holds or rejects it; of one without coordinates what the geocoder
-- suggested. As one row, a column after the other, texts with a unit separator (U+001F) between them: handing over each
-- cell of each row costs more than finding it. Scalar questions about findings, since the planner answers `exists` by reading
-- the findings of the whole province for each village.
select
    count(*) as rows,
    string_agg(r.id, E'\x1f') as id,
    string_agg(r.head, E'\x1f') as head,
    string_agg(r.address, E'\x1f') as address,
    string_agg(r.state, E'\x1f') as state,
    array_agg(r.lon) as lon,
    array_agg(r.lat) as lat,
    array_agg(st_x(r.submitted)) as submitted_lon,
    array_agg(st_y(r.submitted)) as submitted_lat,
    string_agg(coalesce(r.suggested, ''), E'\x1f') as suggested
from (
    select
        h.id, h.head, h.address, h.state, h.lon, h.lat,
        case when h.submission is not null and (
            select bool_or(f.severity in ('E', 'R') and substr(f.code, 1, 1) in ('M', 'A', 'G'))
            from findings f
            where f.submission = h.submission
        ) is not true then (
            select s.geom
            from submissions s
            where s.fid = h.submission
        ) end as submitted,
        case when h.submission is not null then (
            select f.replacement
            from findings f
            where
                f.submission = h.submission
                and f.code = 'G07'
            order by f.fid
            limit 1
        ) end as suggested
    from households h
    where
        h.village = $1
        and h.register = 0
        and h.state not in ('duplicate_line', 'moved', 'gone')
    order by h.id
) r
having count(*) > 0;
