-- Forgets how many households are claimed or wait for approval; results stay in the record of decisions.
alter table coverage
    drop column claimed,
    drop column leaving;
