-- A page of the gap list of the first register: villages of the area in order, then poor first, then household.
select
    g.household, g.source, g.head, g.address, g.village, g.village_name, g.commune, g.commune_name,
    g.members, g.poverty, g.rank, g.state, g.submission, g.reasons, g.geom
from areas a
cross join gaps g on g.village = a.village and g.register = 0
where
    a.code = ?1
    and a.period = ?2
    and a.village >= ?3
    and (a.village > ?3 or (g.rank, g.household) > (?4, ?5))
order by a.village, g.rank, g.household
limit ?6;
