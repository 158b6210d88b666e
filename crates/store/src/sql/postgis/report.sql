-- Findings at W or worse on the rows of one file, in order, from one row on.
select s."row", s.verdict, n.code, n.severity, n.field, n.original, n.replacement, s.village, s.commune,
    s.collected_on::text as collected_on, s.team
from submissions s
join findings n on n.submission = s.fid
where s.fid between $1 and $2 and s."row" > $3 and n.severity in ('W', 'R', 'E')
order by s.fid, n.fid
limit $4;
