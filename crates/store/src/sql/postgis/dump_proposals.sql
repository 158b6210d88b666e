select
    id as key, id, kind, subject, commune, remedy, shift_m, azimuth_deg, zone, votes, rows, confidence, evidence,
    status
from proposals
where id > $1
order by id
limit $2;
