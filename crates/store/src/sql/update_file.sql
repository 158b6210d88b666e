update files
set
    rows_read = ?, accepted = ?, held = ?, duplicate = ?, rejected = ?, skipped = ?, first_fid = ?, last_fid = ?,
    dropped_columns = ?
where hash = ?;
