select
    (select count(*) from sqlite_master) as objects,
    (select count(*) from sqlite_master where type = 'table' and name = 'diachiso_meta') as ours,
    (select application_id from pragma_application_id) as application;
