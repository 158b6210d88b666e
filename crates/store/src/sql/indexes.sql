create unique index submissions_id on submissions (id);
create index submissions_place on submissions (place) where place is not null;
create index gaps_page on gaps (village, register, rank, household);
create index households_village on households (village, register);
create index coverage_parent on coverage (register, period, parent);
