-- Submissions that were answered one by one; those that are known change nothing.
insert into inbox (id, cells, owner, received_at)
select id, cells, owner, $4
from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as given (id, cells, owner, at)
order by at
on conflict (id) do nothing;
