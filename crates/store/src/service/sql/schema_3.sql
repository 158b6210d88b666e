-- Schema 3: what is handed in and waits to be processed. `request` and `outcome` are JSON that the program checks whenever it reads
-- them. Times are microseconds since 1970 in UTC. The file of a batch lies in the folder of files that wait, under `spool`.
create table batches (
    id integer not null primary key autoincrement,
    owner integer not null,
    key text,
    by text not null,
    request text not null,
    spool text not null,
    hash text not null,
    bytes integer not null,
    received_at integer not null,
    state text not null constraint batches_state_is_known check (
        state in ('queued', 'running', 'published', 'held', 'failed', 'withdrawn', 'discarded')
    ),
    outcome text not null,
    changed_at integer not null,
    constraint batches_key_is_unique unique (owner, key)
);
create index batches_at_work on batches (id) where state in ('queued', 'running');

-- What shall be done in a run about what is held or published: `body` is JSON of the kind.
create table orders (
    id integer not null primary key autoincrement,
    batch integer,
    kind text not null constraint orders_kind_is_known check (kind in ('release', 'discard', 'decide')),
    body text not null,
    by text not null,
    why text not null,
    at integer not null,
    state text not null default 'waiting' constraint orders_state_is_known check (
        state in ('waiting', 'done', 'failed')
    ),
    run integer,
    fault text
);
create index orders_waiting on orders (id) where state = 'waiting';

-- Submissions that were answered one by one; `cells` is emptied when the batch that they are in is on disk.
create table inbox (
    id text not null primary key,
    cells text not null,
    owner integer not null,
    received_at integer not null,
    batch integer constraint inbox_batch_is_there references batches (id)
) without rowid;
create index inbox_waiting on inbox (received_at) where batch is null;
