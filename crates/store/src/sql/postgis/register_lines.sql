-- Lines of registers by source and household.
select r.source, h.id, h.head, h.address, h.village, h.state
from unnest($1::text[], $2::text[]) as k (source, id)
join registers r on r.source = k.source
join households h on h.id = k.id and h.register = r.number
order by r.number, h.id;
