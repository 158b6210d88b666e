-- The submissions of one place, those that count first.
select s.id, s.verdict, st_asbinary(s.geom) as geom, s."precision", s.household, r.source
from submissions s
left join registers r on r.number = s.register
where s.id = $1 or s.place = $1
order by s.verdict <> 'accepted', s.id;
