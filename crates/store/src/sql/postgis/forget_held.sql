delete from held_archive
where file in (select id from held_files where batch = $1);
