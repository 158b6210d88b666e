-- A page of the gap list of the first register: villages of the area in order, then poor first, then household. Of each
-- village no more is read than a page holds, from where the page before ended. A row is a village with what its rows have in
-- common; theirs come a column after the other, texts with a unit separator (U+001F) between them: handing over each cell of
-- each row costs more than finding it. They stand in the order of the page, of which nothing but the groups is made.
with page as (
    select
        a.village, g.household, g.head, g.address, g.members, g.poverty, g.rank, g.state, g.submission, g.reasons, g.geom
    from areas a
    cross join lateral (
        select *
        from gaps
        where
            gaps.village = a.village
            and gaps.register = 0
            and (gaps.rank, gaps.household)
                > (case when a.village = $3 then $4::smallint else -1::smallint end,
                   case when a.village = $3 then $5 else '' end collate "C")
        order by gaps.rank, gaps.household
        limit $6
    ) g
    where a.code = $1 and a.period = $2::date and a.village >= $3
    order by a.village, g.rank, g.household
    limit $6
),

columns as (
    select
        p.village,
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
    from page p
    group by p.village
)

select
    c.village, v.village_name, v.commune, v.commune_name, v.source, c.rows, c.household, c.head, c.address, c.members,
    c.poverty, c.rank, c.state, c.submission, c.reasons, c.lon, c.lat
from columns c
cross join lateral (
    select gaps.village_name, gaps.commune, gaps.commune_name, gaps.source
    from gaps
    where gaps.village = c.village and gaps.register = 0
    limit 1
) v
order by c.village;
