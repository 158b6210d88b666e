-- Why: files handed out end. A job closes those past their day, so that the words of their purpose go with them, and the id
-- goes on being refused as ended rather than as unknown.
-- Why it is safe: a column without a value and a small index; no row is touched.
-- To undo: 20261129040000_end_exports.down.sql; exports that were closed stay closed by their day.
alter table exports add column ended_at bigint;
create index exports_open on exports (expires_at) where ended_at is null;
comment on column exports.ended_at is 'When it was closed, in microseconds since 1970 in UTC · Đã đóng lúc';
