-- Schema 6: what each run changed, as JSON: counts before and after, the villages whose numbers are others, what was
-- decided. Safe on a store of schema 5: of runs before it is not known and stays null.
alter table runs add column changes text;

update diachiso_meta set value = '6' where key = 'schema_version';
