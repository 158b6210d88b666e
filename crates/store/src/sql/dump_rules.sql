select number as key, code, findings
from rules
where number > ?1
order by number
limit ?2;
