update files
set
    rows_read = $1, accepted = $2, held = $3, duplicate = $4, rejected = $5, skipped = $6, first_fid = $7,
    last_fid = $8, dropped_columns = $9
where hash = $10;
