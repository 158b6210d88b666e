select number as key, source, closed_on, households
from registers
where number > ?1
order by number
limit ?2;
