select number, kind, target, choice, decided_by, utc(decided_at) as decided_at, reason
from decisions
order by number;
