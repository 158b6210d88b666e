-- Why: what is on record of households that no register lists holds names and addresses. It gets behind the second wall, as
-- the other rows about persons are: shown where the village that was named lies in the area of the transaction, and, where
-- none was, to whoever sees everything.
-- Why it is safe: no row is touched. Policies bind neither the owner of the tables nor a login that may bypass them; lines
-- that name no household of that kind are shown as before. There is no policy for writing, so that a login that is bound
-- adds and changes none, whatever it is granted. What waits to be put on record is hidden by column: apply
-- `diachiso migrate --roles` again (docs/postgis.md).
-- To undo: 20261129070000_guard_found.down.sql.
alter table decisions enable row level security;
create policy decisions_of_the_area on decisions for select using (
    kind <> 'found'
    or (select holds_everything())
    or split_part(target, e'\t', 2) in (select held_villages())
);
