select
    s.id as key, s.id, s.verdict, s.master, s.place, s.register, s.household, s.bits, s.form, s.code, s.head, s.identity_last3,
    s.phone, s.address, s.village, s.village_text, s.commune, s.members, s.poverty, s.precision, s.accuracy_m,
    s.collected_on, s.collector, s.team, s.geom,
    (
        select json_group_array(json_array(n.code, n.severity, n.field, n.original, n.replacement) order by n.fid)
        from findings n
        where n.fid between s.fid * 4096 and s.fid * 4096 + 4095
    ) as findings
from submissions s
where s.id > ?1
order by s.id
limit ?2;
