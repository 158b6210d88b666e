insert into gaps (
    fid, geom, register, source, household, head, address, village, village_name, commune,
    commune_name, members, poverty, rank, state, submission, reasons
) values
