-- Tables of rows, by name: real tables alone, so that no view of a foreign file runs.
select c.table_name
from gpkg_contents as c
inner join sqlite_master as m on m.name = c.table_name and m.type = 'table'
where c.data_type in ('features', 'attributes')
order by c.table_name
limit 100;
