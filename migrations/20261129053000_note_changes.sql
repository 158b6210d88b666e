-- Why: people see what each run changed: counts before and after, the villages whose numbers are others, what was decided.
-- Why it is safe: one column without a default is added to a table of a row a run; no row is rewritten. Of runs before it
-- stays null, which is told as not known.
-- To undo: 20261129053000_note_changes.down.sql.
alter table runs add column changes text;
comment on column runs.changes is 'What the run changed, as JSON; null where that was not kept';
