-- Takes the marks of closed exports away; what their purposes were is not known any more.
drop index exports_open;
alter table exports drop column ended_at;
