insert into files (name, hash, bytes, kind, run, loaded_at, legal_basis, mapping)
values (?, ?, ?, ?, ?, ?, ?, ?)
on conflict (hash) do nothing;
