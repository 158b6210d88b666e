-- Submissions and proposals that are there again.
delete from gone
where
    (kind = 'submission' and exists (select 1 from submissions s where s.id = gone.id))
    or (kind = 'proposal' and exists (select 1 from proposals p where p.id = gone.id));
