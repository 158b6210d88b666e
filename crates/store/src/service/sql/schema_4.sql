-- Schema 4: who looks at what waits for a person, and the order that decided it last. A row is about one submission or proposal;
-- times are microseconds since 1970 in UTC.
create table reviews (
    item text not null primary key,
    claimed_by text,
    claimed_until integer,
    order_id integer constraint reviews_order_is_there references orders (id),
    decided_by text,
    decided_at integer,
    undoes boolean not null default false,
    constraint reviews_claims_are_whole check ((claimed_by is null) = (claimed_until is null)),
    constraint reviews_decisions_are_whole check (
        (order_id is null) = (decided_by is null) and (order_id is null) = (decided_at is null)
    )
) without rowid;
