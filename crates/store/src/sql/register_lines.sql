-- Lines of registers by source and household, given as pairs in json.
select r.source, h.id, h.head, h.address, h.village, h.state
from json_each(?1) k
join registers r on r.source = json_extract(k.value, '$[0]')
join households h on h.id = json_extract(k.value, '$[1]') and h.register = r.number
order by r.number, h.id;
