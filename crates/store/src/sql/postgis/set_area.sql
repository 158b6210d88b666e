-- The area of the rows about persons that this transaction shows.
select
    set_config('diachiso.rows', $1, true), set_config('diachiso.villages', $2, true),
    set_config('diachiso.communes', $3, true);
