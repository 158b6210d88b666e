-- Findings at W or worse on the rows of one file, in order, from one row on.
select s.row, s.verdict, n.code, n.severity, n.field, n.original, n.replacement, s.village, s.commune, s.collected_on,
    s.team
from submissions s
cross join findings n on n.fid between s.fid * 4096 and s.fid * 4096 + 4095
where s.fid between ?1 and ?2 and s.row > ?3 and n.severity in ('W', 'R', 'E')
order by s.fid, n.fid
limit ?4;
