select code, severity, field, original, replacement
from findings
where submission = $1
order by fid;
