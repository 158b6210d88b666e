select number, kind, target, choice, decided_by, decided_at, reason
from decisions
order by number;
