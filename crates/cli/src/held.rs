//! `diachiso held`: batches that the guard rails kept back, and what becomes of them.

pub(crate) mod args;
mod view;

use diachiso_runs::{Acceptance, find_held};
use diachiso_store::HeldBatch;
use std::io::Write as _;

use crate::{run, user};
use args::{Held, Publish, Settle};

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
            tell(&find_held(store.as_ref(), show.id).await?, show.json)
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

/// Publishes the batch as the run that held it would have, had somebody answered for it then.
async fn publish(Publish { settle: args, key }: &Publish) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let by = Acceptance::from(&args.signed);
    let job = diachiso_runs::release(store, args.id, by, key.key()?).await?;
    run::told(run::run(job).await?, args.json);
    Ok(())
}

async fn discard(args: &Settle) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    diachiso_runs::discard(store.as_ref(), args.id, &Acceptance::from(&args.signed)).await?;
    tell(&find_held(store.as_ref(), args.id).await?, args.json)
}
