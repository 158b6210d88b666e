-- Files that are withdrawn report nothing; the others report anew.
update files
set
    rows_read = null, accepted = null, held = null, duplicate = null, rejected = null, skipped = null,
    first_fid = null, last_fid = null;
