-- The period of the register's closing date where the code held then, else the newest one; null where it never held. Ordered
-- as the index is, so that one row of it answers.
select coalesce(
    (
        select a.period
        from areas a
        where a.code = $1 and a.period = (select m.value::date from diachiso_meta m where m.key = 'closing_period')
        order by a.code, a.period, a.village
        limit 1
    ),
    (select max(a.period) from areas a where a.code = $1)
)::text;
