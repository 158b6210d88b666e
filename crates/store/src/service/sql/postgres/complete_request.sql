-- A request is done; whoever was not answered before is answered by that.
update subject_requests
set completed_on = $2::date, outcome = $3, answered_on = coalesce(answered_on, $2::date)
where id = $1 and completed_on is null;
