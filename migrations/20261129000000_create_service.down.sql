-- Drops what the service remembers with all that it holds, the audit log too.
drop table inbox, orders, batches, subject_requests, exports, audit, tokens;
drop function audit_is_never_changed();
