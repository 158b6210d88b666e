-- Decisions that were ordered and are carried out, or never will be.
select id, body from orders where kind = 'decide' and state <> 'waiting' order by id;
