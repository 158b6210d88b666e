select
    s.fid, s.id, f.name as file, s.row, s.verdict, s.master, s.household, s.bits, s.head, s.code, s.address,
    s.village_text, s.village, s.team, s.commune, s.phone, s.members, s.geom, s.precision, s.collected_on, s.collector
from submissions s
join files f on f.id = s.file
where s.id = ?1;
