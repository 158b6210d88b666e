-- Held submissions with the rules that hold them.
select
    s.id, s.village, s.commune, s.collected_on::text as collected_on, s.team,
    coalesce((
        select string_agg(f.code, ' ' order by f.fid)
        from findings f
        where f.submission = s.fid and f.severity = 'R'
    ), '') as rules
from submissions s
where s.verdict = 'held'
order by s.id;
