select
    s.id as key, s.id, s.verdict, s.master, s.place, s.register, s.household, s.bits, s.form, s.code, s.head,
    s.identity_last3, s.phone, s.address, s.village, s.village_text, s.commune, s.members, s.poverty, s."precision",
    s.accuracy_m, s.collected_on::text as collected_on, s.collector, s.team, st_asbinary(s.geom) as geom,
    (
        select coalesce(
            json_agg(json_build_array(n.code, n.severity, n.field, n.original, n.replacement) order by n.fid),
            '[]'
        )::text
        from findings n
        where n.submission = s.fid
    ) as findings
from submissions s
where s.id > $1
order by s.id
limit $2;
