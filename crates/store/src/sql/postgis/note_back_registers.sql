-- Households and villages that are there again.
delete from gone
where
    (kind = 'household' and exists (select 1 from households h where h.id = gone.id))
    or (kind = 'unit' and exists (select 1 from villages v where v.code = gone.id));
