-- Held submissions with the rules that hold them; the findings of a submission have the numbers from `fid` × 4096 on.
select
    s.id, s.village, s.commune, s.collected_on, s.team,
    coalesce((
        select group_concat(f.code, ' ')
        from findings f
        where f.fid >= s.fid * 4096 and f.fid < (s.fid + 1) * 4096 and f.severity = 'R'
    ), '') as rules
from submissions s
where s.verdict = 'held'
order by s.id;
