-- Drops the store with all that it holds.
drop function partition_commune(text);
drop table
    diachiso_meta, held_archive, held_files, held_batches, source_archive, files, runs, boundaries, masks,
    decisions, gone, places, digests, units, villages, coverage, gaps, submissions, findings, households, registers,
    rules, repeats, skipped, register_rejects, proposals, proposal_rows, areas;
drop function utc(timestamptz);
