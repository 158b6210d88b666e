-- Households and villages that are there again.
delete from gone
where
    (kind = 'household' and id in (select id from households))
    or (kind = 'unit' and id in (select code from villages));
