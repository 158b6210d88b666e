create unique index submissions_id on submissions (id);
create index gaps_page on gaps (village, register, rank, household);
create index coverage_parent on coverage (register, period, parent);
