select number::text as key, source, closed_on::text as closed_on, households
from registers
where number > $1::bigint
order by number
limit $2;
