select
    id, kind, subject, collector, commune, remedy, shift_m, azimuth_deg, zone, votes, rows, confidence, evidence,
    status
from proposals
order by id;
