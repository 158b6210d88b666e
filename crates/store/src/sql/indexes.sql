create unique index if not exists submissions_id on submissions (id);
create index if not exists submissions_place on submissions (place) where place is not null;
create index if not exists gaps_page on gaps (village, register, rank, household);
create index if not exists households_village on households (village, register);
create index if not exists households_id on households (id);
create index if not exists households_submission on households (submission) where submission is not null;
create index if not exists coverage_parent on coverage (register, period, parent);
