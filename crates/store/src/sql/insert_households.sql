insert into households (
    fid, register, id, head, birth_year, village, commune, address, members, poverty,
    status, state, submission, lon, lat
) values
