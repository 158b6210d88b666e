select number::text as key, code, findings
from rules
where number > $1::bigint
order by number
limit $2;
