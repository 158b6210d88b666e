-- Forgets which sets of units were given a name; no figure rests on them.
drop table saved_areas;
