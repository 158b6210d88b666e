insert into submissions (
    fid, geom, id, file, row, verdict, master, place, register, household, bits, form, code,
    head, identity_last3, phone, address, village, village_text, commune, members,
    poverty, precision, accuracy_m, collected_on, collector, team
) values
