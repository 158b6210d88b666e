-- The two logins of diachiso, and what each may do. For an administrator of the server (a login may be let past policies by
-- a superuser alone), after every migration:
--     diachiso migrate --roles --store URL | psql -v ON_ERROR_STOP=1 -d DATABASE
-- "diachiso_service" answers requests: it sees rows about persons only where a transaction says for which area.
-- "diachiso_worker" makes runs and is what people use at the command line: it sees and writes every row.
-- Neither owns a table, so neither can change one, take a policy away or change what stands in the audit log.
begin;
do $$
begin
    if not exists (select from pg_roles where rolname = '{service}') then
        create role "{service}" login;
    end if;
    if not exists (select from pg_roles where rolname = '{worker}') then
        create role "{worker}" login;
    end if;
end
$$;
alter role "{service}" nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role "{worker}" nosuperuser nocreatedb nocreaterole noreplication bypassrls;
grant usage on schema diachiso to "{service}", "{worker}";
revoke all on all tables in schema diachiso from "{service}", "{worker}";

grant select, insert, update, delete on all tables in schema diachiso to "{worker}";
revoke update, delete on diachiso.decisions, diachiso.runs, diachiso.audit from "{worker}";
revoke insert, update, delete on diachiso.migrations from "{worker}";
-- Where an erased submission lay is struck out of what was decided of it.
grant update (target, reason) on diachiso.decisions to "{worker}";
grant usage on all sequences in schema diachiso to "{worker}";

grant select on
    diachiso.migrations, diachiso.diachiso_meta, diachiso.runs, diachiso.files, diachiso.boundaries, diachiso.masks,
    diachiso.held_batches, diachiso.held_files, diachiso.gone, diachiso.places, diachiso.units,
    diachiso.villages, diachiso.coverage, diachiso.registers, diachiso.rules, diachiso.repeats, diachiso.skipped,
    diachiso.areas, diachiso.proposal_rows, diachiso.tokens, diachiso.subject_requests
to "{service}";
-- Behind policies.
grant select on
    diachiso.submissions, diachiso.findings, diachiso.households, diachiso.gaps, diachiso.proposals,
    diachiso.register_rejects, diachiso.decisions
to "{service}";
grant select, insert on diachiso.audit, diachiso.exports to "{service}";
-- It orders, and knows what came of it; what is ordered may name a household and is for the worker.
grant insert, select (id, batch, kind, by, why, at, state, run, fault) on diachiso.orders to "{service}";
-- A file handed out is closed when its day has passed.
grant update (ended_at, purpose) on diachiso.exports to "{service}";
grant select, insert, update on diachiso.batches to "{service}";
-- It hands in, and knows what waits; what a submission says is for the worker.
grant insert, select (id, owner, received_at, batch) on diachiso.inbox to "{service}";
do $$
begin
    -- Tables of later versions.
    if to_regclass('diachiso.reviews') is not null then
        grant select, insert, update, delete on diachiso.reviews to "{service}";
    end if;
    if to_regclass('diachiso.saved_areas') is not null then
        grant select, insert, update, delete on diachiso.saved_areas to "{service}";
    end if;
end
$$;
commit;
