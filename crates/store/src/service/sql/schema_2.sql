-- Schema 2: who read and changed what. A row is never changed or deleted, which two triggers keep; whoever removes the
-- triggers is told by the chain: `hash` is BLAKE3 over the hash of the row before and the row's own canonical bytes.
-- Numbers run from 1 without a gap.
create table audit (
    seq integer not null primary key,
    at integer not null,
    who text not null,
    action text not null,
    operation text not null,
    area text not null,
    purpose text not null,
    row_count integer not null,
    columns text not null,
    export text not null,
    content_hash blob,
    hash blob not null
);

create trigger audit_is_not_updated before update on audit
begin
    select raise(abort, 'the audit log is never changed');
end;

create trigger audit_is_not_deleted before delete on audit
begin
    select raise(abort, 'the audit log is never changed');
end;

-- Files with personal data that were handed out: every one carries its id, and ends.
create table exports (
    id text not null primary key,
    made_at integer not null,
    expires_at integer not null,
    who text not null,
    operation text not null,
    area text not null,
    purpose text not null,
    format text not null
);

-- What data subjects asked for, and by when it must be answered and done. Names nobody: `about` is an id of the store or
-- a number of the office's own file.
create table subject_requests (
    id integer not null primary key autoincrement,
    kind text not null,
    about text not null,
    received_on text not null,
    answer_by text not null,
    complete_by text not null,
    recorded_by text not null,
    answered_on text,
    completed_on text,
    outcome text
);
