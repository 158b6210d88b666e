insert into files (name, hash, bytes, kind, run, loaded_at)
values (?, ?, ?, ?, ?, ?)
on conflict (hash) do nothing;
