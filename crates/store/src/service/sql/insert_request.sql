-- A request of a data subject with its deadlines.
insert into subject_requests (kind, about, received_on, answer_by, complete_by, recorded_by)
values (?, ?, ?, ?, ?, ?)
returning id;
