insert into register_rejects (fid, file, row, code, severity, field, original) values
