-- A page of the gap list of the first register: villages of the area in order, then poor first, then household. All of it as
-- one text: handing over each cell of each row costs more than finding it.
select
    json_group_array(json_array(
        household, source, head, address, village, village_name, commune, commune_name,
        members, poverty, rank, state, submission, reasons, hex(geom)
    ))
from (
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
    limit ?6
);
