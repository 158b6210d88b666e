-- Schema 3: the limits beyond which the batch of a run would have been held (null where that was not recorded yet).
-- Safe on a store of schema 2: nothing that was there is touched.
alter table runs add column guard text;

update diachiso_meta set value = '3' where key = 'schema_version';
