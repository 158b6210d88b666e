insert into proposals (
    fid, id, kind, vi, subject, collector, commune, remedy, shift_m, azimuth_deg, zone, votes, rows, confidence,
    evidence, status, files
) values
