-- Households of the first register in a village that count, with their own place and what their submission says, unless
-- a finding about code, address or coordinates holds or rejects it; of one without coordinates what the geocoder
-- suggested. The findings of a submission have the numbers from `fid` × 4096 on. All of it as one text: handing over each
-- cell of each row costs more than finding it. Degrees have all their digits, which json would cut.
select json_group_array(json_array(
    h.id, h.head, h.address, h.state,
    case when h.lon is not null then printf('%!.17g', h.lon) end,
    case when h.lat is not null then printf('%!.17g', h.lat) end,
    case when not exists (
        select 1
        from findings f
        where
            f.fid >= s.fid * 4096
            and f.fid < (s.fid + 1) * 4096
            and f.severity in ('E', 'R')
            and substr(f.code, 1, 1) in ('M', 'A', 'G')
    ) then hex(s.geom) end,
    (
        select f.replacement
        from findings f
        where
            f.fid >= s.fid * 4096
            and f.fid < (s.fid + 1) * 4096
            and f.code = 'G07'
        order by f.fid
        limit 1
    )
) order by h.id)
from households h
left join submissions s on s.fid = h.submission
where
    h.village = ?1
    and h.register = 0
    and h.state not in ('duplicate_line', 'moved', 'gone');
