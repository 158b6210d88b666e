-- A page of the gap list of the first register: villages of the area in order, then poor first, then household. Of each
-- village no more is read than a page holds, from where the page before ended.
select
    g.household, g.source, g.head, g.address, g.village, g.village_name, g.commune, g.commune_name,
    g.members, g.poverty, g.rank, g.state, g.submission, g.reasons, st_asbinary(g.geom) as geom
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
limit $6;
