-- Forgets what each run changed; nothing else is touched.
alter table runs drop column changes;
