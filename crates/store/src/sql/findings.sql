select code, severity, field, original, replacement
from findings
where fid between ?1 * 4096 and ?1 * 4096 + 4095
order by fid;
