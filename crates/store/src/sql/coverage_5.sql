-- As `coverage.sql`, of a store whose last run was made by a program that knew no results of visits.
-- The unit asked for and everything below it, in one period of one register.
with recursive inside (code) as (
    select ?4
    union
    select c.code
    from inside i
    join coverage c on c.register = ?1 and c.period = ?2 and c.parent = i.code
)
select
    code, level, name, parent, period, source, closed_on,
    covered, pending, rejected, none, 0 as claimed, absent, away, refused, 0 as leaving, duplicate_line, moved, gone,
    outside_list, persons, persons_covered, poor, poor_covered, near_poor, near_poor_covered,
    by_class_a, by_class_b, by_class_c, by_class_d, by_class_e
from coverage
where register = ?1 and period = ?2 and level = ?3 and (?4 is null or code in (select code from inside))
order by code;
