-- Forgets who claims and decided what; the decisions themselves are in the record of the store.
drop table reviews;
