select number, closed_on::text as closed_on
from registers
where $1::text is null or source = $1
order by number
limit 1;
