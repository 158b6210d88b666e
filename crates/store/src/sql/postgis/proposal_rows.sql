select p.proposal, f.name as file, s."row"
from proposal_rows p
join submissions s on s.fid = p.submission
join files f on f.id = s.file
order by p.proposal, f.name, f.id, s."row";
