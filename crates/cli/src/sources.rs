//! `diachiso files`: the files that a store took in, and which of them are withdrawn.

use std::io::Write as _;

use diachiso_model::{Choice, Decision, DecisionKind};
use diachiso_store::StoredSource;
use diachiso_text::number::format_vi;
use serde_json::{Value, json};

use crate::{args, user};

/// The decision that withdraws a file, where one is in force.
fn withdrawal<'d>(file: &StoredSource, record: &'d [Decision]) -> Option<&'d Decision> {
    let about = |d: &&Decision| d.kind() == DecisionKind::File && *d.target() == *file.hash;
    record.iter().rev().find(about).filter(|d| d.choice() == Choice::Refuse)
}

fn body(file: &StoredSource, withdrawal: Option<&Decision>) -> Value {
    let withdrawn =
        withdrawal.map(|d| json!({"by": d.by(), "at": d.at().to_string(), "why": d.why()}));
    json!({
        "name": &*file.name,
        "kind": file.kind.as_str(),
        "bytes": file.bytes,
        "hash": &*file.hash,
        "run": file.run,
        "loaded_at": &*file.loaded_at,
        "legal_basis": file.legal_basis.as_deref(),
        "withdrawn": withdrawn,
    })
}

fn words(file: &StoredSource, withdrawal: Option<&Decision>) -> String {
    let StoredSource { name, hash, run, loaded_at, .. } = file;
    let (kind, bytes) = (file.kind.as_str(), format_vi(file.bytes));
    let line = format!(
        "{hash:.12} · lượt / run {run} · {loaded_at:.16} · {kind} · {bytes} byte · {name}\n"
    );
    let Some(d) = withdrawal else { return line };
    let at = d.at().to_string();
    line + &format!("{:15}đã rút / withdrawn: {}, {at:.16}: {}\n", "", d.by(), d.why())
}

/// The command.
pub(crate) async fn command(args: &args::Files) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let stored = store.sources().await.map_err(user)?;
    let record = store.decisions().await.map_err(user)?;
    let files = stored.iter().map(|file| (file, withdrawal(file, &record)));
    let mut files: Vec<_> = files.collect();
    files.retain(|(_, withdrawal)| !args.withdrawn || withdrawal.is_some());
    let text = if args.json {
        let files: Vec<Value> = files.into_iter().map(|(file, by)| body(file, by)).collect();
        format!("{}\n", serde_json::to_string_pretty(&files)?)
    } else if files.is_empty() {
        "Không có tệp nào / No file\n".to_owned()
    } else {
        files.into_iter().map(|(file, by)| words(file, by)).collect()
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
