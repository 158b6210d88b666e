-- A file is used no more: whatever its asker wrote is forgotten.
update exports set ended_at = $2, purpose = '' where id = $1 and ended_at is null;
