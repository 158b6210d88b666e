select
    coalesce(sum(accepted), 0)::bigint as accepted,
    coalesce(sum(held), 0)::bigint as held,
    coalesce(sum(duplicate), 0)::bigint as duplicate,
    coalesce(sum(rejected), 0)::bigint as rejected
from files
where kind = 'submissions';
