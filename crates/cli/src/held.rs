//! `diachiso held`: batches that the guard rails kept back, and what becomes of them.

pub(crate) mod args;
mod view;

use std::io::Write as _;

use anyhow::anyhow;
use diachiso_model::{Choice, GuardLimits, Published};
use diachiso_store::{HeldBatch, NewHeld, NewSource, Release, Store};

use crate::{
    guard::Acceptance,
    key::Key,
    run::{self, Job, Taken},
    user,
};
use args::{Held, Publish, Settle};

/// A held batch that is let pass, with its rows.
pub(crate) struct Kept {
    pub(crate) batch: i64,
    pub(crate) sources: Vec<NewSource>,
}

/// The command.
pub(crate) async fn command(args: &Held) -> anyhow::Result<()> {
    match args {
        Held::List(list) => {
            let store = diachiso_store::open_store(&list.store.store, false).await.map_err(user)?;
            let batches = store.held().await.map_err(user)?;
            let none = "Không có lô nào bị giữ / No batch is or was held\n";
            say(&if list.json {
                let batches: Vec<_> = batches.iter().map(view::json).collect();
                format!("{:#}\n", serde_json::Value::from(batches))
            } else if batches.is_empty() {
                none.to_owned()
            } else {
                batches.iter().map(view::line).collect()
            })
        }
        Held::Show(show) => {
            let store = diachiso_store::open_store(&show.store.store, false).await.map_err(user)?;
            tell(&find(store.as_ref(), show.id).await?, show.json)
        }
        Held::Release(release) => publish(release).await,
        Held::Discard(settle) => discard(settle).await,
    }
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

fn tell(batch: &HeldBatch, json: bool) -> anyhow::Result<()> {
    say(&if json { format!("{:#}\n", view::json(batch)) } else { view::page(batch) })
}

/// The batch of a number.
async fn find(store: &dyn Store, id: i64) -> anyhow::Result<HeldBatch> {
    let batches = store.held().await.map_err(user)?;
    batches.into_iter().find(|b| b.id == id).ok_or_else(|| {
        user(anyhow!("không có lô {id} / no batch {id} is or was held; see `diachiso held list`"))
    })
}

/// The batch of a number, which nobody has settled yet.
async fn open(store: &dyn Store, id: i64) -> anyhow::Result<HeldBatch> {
    let batch = find(store, id).await?;
    match &batch.settled {
        None => Ok(batch),
        Some(s) => {
            let (status, by, at, why) = (batch.status(), &s.by, s.at, &s.why);
            Err(user(anyhow!(
                "lô {id} đã được quyết định / batch {id} is {status} already: {by} · {at:.0} · {why}"
            )))
        }
    }
}

/// Publishes the batch as the run that held it would have, had somebody answered for it then.
async fn publish(Publish { settle: args, key }: &Publish) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let batch = open(store.as_ref(), args.id).await?;
    let key = Key::of(key)?;
    key.check(&batch.sealed)?;
    let last = store.latest_run().await.map_err(user)?;
    // Where others ran since, their profile holds, and the day never goes back: rows of theirs would lie in the future.
    let later = last.filter(|last| last.number != batch.after_run);
    let profile = later.as_ref().map_or(batch.profile, |last| last.profile);
    let today = later.map_or(batch.today, |last| last.today.max(batch.today));
    let mut sources = Vec::with_capacity(batch.files.len());
    for file in batch.files {
        sources.push(NewSource {
            name: file.report.name,
            hash: file.report.hash,
            bytes: file.report.bytes,
            kind: file.report.kind,
            legal_basis: file.legal_basis,
            mapping: file.mapping,
            archive: store.held_archive(file.id).await.map_err(user)?,
        });
    }
    let job = Job {
        store: args.store.store.clone(),
        files: Vec::new(),
        sheets: Vec::new(),
        key,
        today,
        profile,
        mapping: None,
        legal_basis: None,
        guard: batch.guard,
        acceptance: Some(Acceptance { by: args.signed.by.clone(), why: args.signed.why.clone() }),
        kept: Some(Kept { batch: batch.id, sources }),
        decisions: Vec::new(),
        full: false,
    };
    run::told(run::run(job).await?, args.json);
    Ok(())
}

async fn discard(args: &Settle) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let batch = open(store.as_ref(), args.id).await?;
    let who = Acceptance { by: args.signed.by.clone(), why: args.signed.why.clone() };
    let decision = who.decision(&args.id.to_string(), Choice::Refuse)?;
    store.discard(batch.id, &decision).await.map_err(user)?;
    tell(&find(store.as_ref(), args.id).await?, args.json)
}

/// The release of a batch, by who answers for it.
pub(crate) fn release(batch: i64, by: &Acceptance) -> anyhow::Result<Release> {
    Ok(Release { batch, decision: by.decision(&batch.to_string(), Choice::Apply)? })
}

/// Refuses files that are held already; says of those that were discarded that they were.
pub(crate) async fn refuse(store: &dyn Store, taken: &[Taken]) -> anyhow::Result<()> {
    let batches = store.held().await.map_err(user)?;
    for file in taken {
        let path = file.path.display();
        let holds = |b: &&HeldBatch| b.files.iter().any(|f| f.report.hash == file.hash);
        for batch in batches.iter().filter(holds) {
            let (id, at) = (batch.id, batch.held_at);
            match &batch.settled {
                None => {
                    return Err(user(anyhow!(
                        "{path}: đang bị giữ trong lô {id} / is held in batch {id} since {at:.0}\n{}",
                        next_steps(store, id)
                    )));
                }
                Some(s) if s.run.is_none() => eprintln!(
                    "{path}: đã từng bị bỏ trong lô {id} / was discarded in batch {id}: {} · {:.0} · {}",
                    s.by, s.at, s.why
                ),
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// Keeps a batch back; what it answers with tells so.
pub(crate) async fn keep(
    store: &dyn Store,
    state: &Published,
    sources: Vec<NewSource>,
    (after_run, guard, key): (i64, GuardLimits, &Key),
    reasons: Vec<String>,
) -> anyhow::Result<anyhow::Error> {
    let earlier = state.files.len() - sources.len();
    let files = sources.into_iter().zip(state.files[earlier..].iter().cloned()).collect();
    let (profile, today) = (state.profile, state.today);
    let key = key.kept(state);
    let batch = NewHeld { reasons, after_run, profile, today, guard, key, files };
    let id = store.hold(&batch).await.map_err(user)?;
    Ok(user(anyhow!(
        "lô bị giữ lại (số {id}), chưa công bố gì / the batch is held as number {id}, nothing was published:\n  - {}\n{}",
        batch.reasons.join("\n  - "),
        next_steps(store, id)
    )))
}

/// What people can do about a held batch.
fn next_steps(store: &dyn Store, id: i64) -> String {
    let store = store.name();
    format!(
        "Hãy kiểm tra, rồi cho qua hoặc bỏ / check it, then let it pass or discard it:\n  \
         diachiso held show {id} --store {store}\n  \
         diachiso held release {id} --by \"TÊN\" --why \"LÝ DO\" --store {store}\n  \
         diachiso held discard {id} --by \"TÊN\" --why \"LÝ DO\" --store {store}"
    )
}
