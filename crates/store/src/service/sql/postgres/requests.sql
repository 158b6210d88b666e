-- All requests of data subjects.
select
    id, kind, about, received_on::text, answer_by::text, complete_by::text, recorded_by, answered_on::text,
    completed_on::text, outcome
from subject_requests
order by id;
