//! `diachiso run`: files in, one atomic change of the store out.

use std::{path::PathBuf, sync::Arc};

use anyhow::anyhow;
use diachiso_model::{Published, SourceKind};
use diachiso_pipeline::Reference;
use diachiso_runs::{Acceptance, At, Given, Job, JobError, Mappings, Outcome};
use diachiso_store::Store;

use crate::{args, columns, report, summary, ui::Bars, user};

/// The command.
pub(crate) async fn command(args: &args::Run) -> anyhow::Result<()> {
    if args.register.is_empty() && args.submissions.is_empty() && !args.again {
        return Err(user(anyhow!("nothing to load: name files with --register and --submissions")));
    }
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    }
    let of = |kind, paths: &[PathBuf]| {
        paths.iter().map(move |p| Given::new(kind, p.clone())).collect::<Vec<_>>()
    };
    let mut files = of(SourceKind::Register, &args.register);
    files.extend(of(SourceKind::Submissions, &args.submissions));
    let job = Job {
        store: At::Name(args.store.store.clone()),
        files,
        sheets: args.sheet.clone(),
        key: args.key.key()?,
        today: args.today.unwrap_or_else(diachiso_runs::today),
        profile: args.profile,
        mappings: Mappings {
            submissions: columns::mapping_text(args.mapping.as_deref())?,
            register: columns::mapping_text(args.register_mapping.as_deref())?,
        },
        legal_basis: basis(args.legal_basis.as_deref())?,
        guard: args.guard.limits(),
        acceptance: args
            .accept
            .clone()
            .zip(args.by.clone())
            .map(|(why, by)| Acceptance { by, why }),
        kept: None,
        decisions: Vec::new(),
        full: args.full,
    };
    let outcome = run(job).await?;
    for path in &args.report {
        report::write(outcome.store.as_ref(), path, None).await?;
    }
    told(outcome, args.json);
    Ok(())
}

/// Runs with bars on the terminal.
pub(crate) async fn run(job: Job) -> Result<Outcome, JobError> {
    let bars = Arc::new(Bars::new());
    let outcome = diachiso_runs::run(job, bars.clone()).await;
    bars.finish();
    outcome
}

/// The published state of a store, made again, with bars on the terminal.
pub(crate) async fn reproduce(
    store: &Arc<dyn Store>,
    key: &args::StoreKey,
) -> Result<(Published, Arc<Reference>), JobError> {
    let bars = Arc::new(Bars::new());
    let state = diachiso_runs::reproduce(Arc::clone(store), key.key()?, bars.clone()).await;
    bars.finish();
    state
}

/// Says what came of a run, the last that the program does.
pub(crate) fn told(outcome: Outcome, json: bool) {
    if json {
        println!("{}", summary::json(&outcome));
    }
    eprint!("{}", summary::text(&outcome));
    if let Some(changed) = &outcome.changed {
        eprint!("\n{changed}");
    }
    // The program ends here: taking millions of rows apart one by one would only make people wait.
    std::mem::forget(outcome.state);
}

/// A legal basis that says something.
pub(crate) fn basis(text: Option<&str>) -> anyhow::Result<Option<Box<str>>> {
    match text.map(str::trim) {
        Some("") => {
            Err(user(anyhow!("--legal-basis is empty: say on what ground the data is processed")))
        }
        text => Ok(text.map(Into::into)),
    }
}
