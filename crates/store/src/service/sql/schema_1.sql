-- Schema 1 of the service's own database: tokens and what they grant. A token's text is kept nowhere, its hash here.
-- `grants` is one grant a line, in the text form of the model; it is checked whenever it is read. Times are microseconds since 1970 in UTC.
create table tokens (
    id integer not null primary key autoincrement,
    hash blob not null constraint tokens_hash_is_unique unique,
    label text not null,
    grants text not null,
    created_at integer not null,
    expires_at integer not null,
    revoked_at integer
);
