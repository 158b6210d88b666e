-- Why: coverage counts apart the households that a team says it has done, and those that are said to have moved or to be no
-- more and wait for somebody to approve it.
-- Why it is safe: two columns with a default, which changes no row and rewrites no table; the next run writes them.
-- To undo: 20261129050000_count_visits.down.sql; the two counts are lost, results stay in the record of decisions.
alter table coverage
    add column claimed bigint not null default 0,
    add column leaving bigint not null default 0;
