select g.run, g.successor, utc(r.committed_at) as committed_at
from gone g
left join runs r on r.number = g.run
where g.kind = $1 and g.id = $2;
