-- The batch that holds a file of this content.
select b.id
from held_files f
join held_batches b on b.id = f.batch
where f.hash = $1 and b.status = 'held'
order by b.id
limit 1;
