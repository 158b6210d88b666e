-- What every run replaces. Readers keep the rows of the last whole run until the next is committed, which a truncation
-- would not let them.
delete from digests;
delete from units;
delete from villages;
delete from coverage;
delete from gaps;
delete from submissions;
delete from findings;
delete from households;
delete from registers;
delete from rules;
delete from repeats;
delete from skipped;
delete from register_rejects;
delete from areas;
delete from proposals;
delete from proposal_rows;
