-- The files that may have rows in the report, in order: all or those of one name, from one name on.
select id, name, kind, first_fid, last_fid
from files
where (first_fid is not null or kind = 'register') and ($1::text is null or name = $1) and name >= $2
order by name, id;
