-- Why: what the service itself remembers (tokens, who read and changed what, files handed out, requests of data subjects,
-- what waits to be processed) lies in the same database as the store, so that any number of servers on it share it.
-- Why it is safe: everything is new; no table of the store is touched, so that the next run writes what changed, as before.
-- What lay in a file `….service.db` beside an older server stays there.
-- To undo: 20261129000000_create_service.down.sql, which drops the tables with all that they hold.
--
-- The tables are those of the SQLite file, and moments are microseconds since 1970 in UTC as there: hashes of the audit
-- log are over them.

create table tokens (
    id bigint not null generated always as identity,
    hash bytea not null,
    label text not null,
    grants text not null,
    created_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint,
    constraint tokens_pkey primary key (id),
    constraint tokens_hash_is_unique unique (hash),
    constraint tokens_hash_is_whole check (length(hash) = 32)
);
comment on table tokens is 'Tokens by the hash of their text, and what they grant, one a line · Mã truy cập';

create table audit (
    seq bigint not null,
    at bigint not null,
    who text not null,
    action text not null,
    operation text not null,
    area text not null,
    purpose text not null,
    row_count bigint not null,
    columns text not null,
    export text not null,
    content_hash bytea,
    hash bytea not null,
    constraint audit_pkey primary key (seq),
    constraint audit_is_numbered_from_one check (seq >= 1),
    constraint audit_hash_is_whole check (length(hash) = 32)
);
comment on table audit is 'Who read and changed what: lines are added and never changed · Nhật ký';

create function audit_is_never_changed() returns trigger
language plpgsql
as $$
begin
    raise exception 'the audit log is never changed' using errcode = 'insufficient_privilege';
end
$$;

-- Of a statement, not of rows, so that truncating is refused as well, and an update that finds nothing.
create trigger audit_is_never_changed before update or delete or truncate on audit
for each statement execute function audit_is_never_changed();

create table exports (
    id text collate "C" not null,
    made_at bigint not null,
    expires_at bigint not null,
    who text not null,
    operation text not null,
    area text not null,
    purpose text not null,
    format text not null,
    constraint exports_pkey primary key (id)
);
comment on table exports is 'Files with personal data that were handed out · Tệp đã xuất';

create table subject_requests (
    id bigint not null generated always as identity,
    kind text not null,
    about text not null,
    received_on date not null,
    answer_by date not null,
    complete_by date not null,
    recorded_by text not null,
    answered_on date,
    completed_on date,
    outcome text,
    constraint subject_requests_pkey primary key (id),
    constraint subject_requests_end_with_an_outcome check (completed_on is null or outcome is not null)
);
comment on table subject_requests is 'Requests of data subjects; names nobody · Yêu cầu của chủ thể dữ liệu';

create table batches (
    id bigint not null generated always as identity,
    owner bigint not null,
    key text,
    by text not null,
    request text not null,
    spool text not null,
    hash text not null,
    bytes bigint not null,
    received_at bigint not null,
    state text not null,
    outcome text not null,
    changed_at bigint not null,
    constraint batches_pkey primary key (id),
    constraint batches_key_is_unique unique (owner, key),
    constraint batches_state_is_known check (
        state in ('queued', 'running', 'published', 'held', 'failed', 'withdrawn', 'discarded')
    )
);
create index batches_at_work on batches (id) where state in ('queued', 'running');
comment on table batches is 'Batches handed in over the network; request and outcome are JSON · Lô gửi qua mạng';

create table orders (
    id bigint not null generated always as identity,
    batch bigint,
    kind text not null,
    body text not null,
    by text not null,
    why text not null,
    at bigint not null,
    state text not null default 'waiting',
    run bigint,
    fault text,
    constraint orders_pkey primary key (id),
    constraint orders_kind_is_known check (kind in ('release', 'discard', 'decide')),
    constraint orders_state_is_known check (state in ('waiting', 'done', 'failed'))
);
create index orders_waiting on orders (id) where state = 'waiting';
comment on table orders is 'What shall be done in a run about what is held or published · Lệnh chờ thực hiện';

create table inbox (
    id text collate "C" not null,
    cells text not null,
    owner bigint not null,
    received_at bigint not null,
    batch bigint,
    constraint inbox_pkey primary key (id),
    constraint inbox_batch_is_there foreign key (batch) references batches (id)
);
create index inbox_waiting on inbox (received_at, id) where batch is null;
comment on table inbox is 'Submissions answered one by one, until they are in a batch · Phiếu lẻ đang chờ';
