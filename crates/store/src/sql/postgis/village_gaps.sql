-- The gap list of a village: poor first, then household. In the form of `gaps.sql`.
select
    $1::text as village, v.village_name, v.commune, v.commune_name, v.source, c.rows, c.household, c.head, c.address, c.members,
    c.poverty, c.rank, c.state, c.submission, c.reasons, c.lon, c.lat
from (
    select
        count(*) as rows,
        string_agg(p.household, E'\x1f') as household,
        string_agg(p.head, E'\x1f') as head,
        string_agg(p.address, E'\x1f') as address,
        array_agg(p.members) as members,
        string_agg(p.poverty, E'\x1f') as poverty,
        array_agg(p.rank) as rank,
        string_agg(p.state, E'\x1f') as state,
        string_agg(coalesce(p.submission, ''), E'\x1f') as submission,
        string_agg(p.reasons, E'\x1f') as reasons,
        array_agg(st_x(p.geom)) as lon,
        array_agg(st_y(p.geom)) as lat
    from (
        select *
        from gaps
        where
            gaps.village = $1
            and gaps.register = 0
        order by gaps.rank, gaps.household
    ) p
) c
cross join lateral (
    select gaps.village_name, gaps.commune, gaps.commune_name, gaps.source
    from gaps
    where
        gaps.village = $1
        and gaps.register = 0
    limit 1
) v;
