-- Who looks at what waits for a person, and the order that decided it last; for the service, beside its other tables. Safe: a
-- new table, nothing else is touched. Times are microseconds since 1970 in UTC.
create table reviews (
    item text collate "C" not null,
    claimed_by text,
    claimed_until bigint,
    order_id bigint,
    decided_by text,
    decided_at bigint,
    undoes boolean not null default false,
    constraint reviews_pkey primary key (item),
    constraint reviews_order_is_there foreign key (order_id) references orders (id),
    constraint reviews_claims_are_whole check ((claimed_by is null) = (claimed_until is null)),
    constraint reviews_decisions_are_whole check (
        (order_id is null) = (decided_by is null) and (order_id is null) = (decided_at is null)
    )
);
comment on table reviews is 'Claims and decisions of reviewers · Nhận duyệt và quyết định';
