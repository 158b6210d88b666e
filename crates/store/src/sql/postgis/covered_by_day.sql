-- Covered households by register, village and the day on which the submission that covers them was collected.
select r.source, h.village, s.collected_on::text as collected_on, count(*) as households
from households h
inner join registers r on r.number = h.register
left join submissions s on s.fid = h.submission
where h.state = 'covered'
group by h.register, r.source, h.village, s.collected_on
order by h.register, h.village collate "C", s.collected_on nulls first;
