select coalesce(place, id)
from submissions
where id = $1;
