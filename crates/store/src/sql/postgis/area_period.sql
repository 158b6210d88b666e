-- The period of the register's closing date where the code held then, else the newest one.
select period::text
from (select distinct period from areas where code = $1) of_code
order by period::text = (select value from diachiso_meta where key = 'closing_period') desc, period desc
limit 1;
