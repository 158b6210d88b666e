select
    coalesce(sum(accepted), 0) as accepted,
    coalesce(sum(held), 0) as held,
    coalesce(sum(duplicate), 0) as duplicate,
    coalesce(sum(rejected), 0) as rejected
from files
where kind = 'submissions';
