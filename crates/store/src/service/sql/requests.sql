-- All requests of data subjects.
select
    id, kind, about, received_on, answer_by, complete_by, recorded_by, answered_on, completed_on, outcome
from subject_requests
order by id;
