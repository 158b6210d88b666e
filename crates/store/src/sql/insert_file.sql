insert into files (name, hash, bytes, kind, run, loaded_at, legal_basis)
values (?, ?, ?, ?, ?, ?, ?)
on conflict (hash) do nothing;
