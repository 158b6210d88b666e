-- Covered households by register and village, and within by the day on which the submission that covers them was collected: a
-- row a village, its days one text, since a row costs more to read than what stands in it.
with counted as (
    select
        h.register,
        h.village,
        s.collected_on,
        count(*) as households
    from households h
    inner join submissions s on s.fid = h.submission
    where h.state = 'covered' and s.collected_on is not null
    group by h.register, h.village, s.collected_on
)
select
    r.source,
    c.village,
    group_concat(c.collected_on || ' ' || c.households) as days
from counted c
inner join registers r on r.number = c.register
group by c.register, c.village
order by c.register, c.village;
