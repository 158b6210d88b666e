-- Lines of one register file that cannot be used, in order, from one row on.
select r."row", 'rejected' as verdict, r.code, r.severity, r.field, r.original, null::text as replacement
from register_rejects r
where r.file = $1 and r."row" > $2
order by r."row", r.fid
limit $3;
