select g.run, g.successor, r.committed_at
from gone g
left join runs r on r.number = g.run
where g.kind = ?1 and g.id = ?2;
