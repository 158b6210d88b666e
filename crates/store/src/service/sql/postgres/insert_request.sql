-- A request of a data subject with its deadlines.
insert into subject_requests (kind, about, received_on, answer_by, complete_by, recorded_by)
values ($1, $2, $3::date, $4::date, $5::date, $6)
returning id;
