//! `diachiso registers`: the lists that coverage is measured against, and what changed between two of them.

use std::io::Write as _;

use clap::{Args as ClapArgs, Subcommand};
use diachiso_model::SourceKind;
use diachiso_runs::{HouseholdChange, RegisterDiff, RegisterFile};
use diachiso_source::CsvTable;
use diachiso_text::number::format_vi;
use serde_json::{Value, json};

use crate::{
    args::{StoreArg, StoreKey},
    user,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Registers {
    /// Liệt kê các tệp danh sách hộ đã nạp · List the files of registers that were taken in.
    List(List),
    /// So hai tệp danh sách hộ: thêm, mất, đổi gì (có dữ liệu cá nhân) · Compare two: households added, gone and changed.
    /// Holds personal data.
    Diff(Diff),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Diff {
    /// Tệp trước: tên, hoặc phần đầu mã băm · The earlier file: its name, or the beginning of its hash.
    pub(crate) before: String,
    /// Tệp sau · The later file.
    pub(crate) after: String,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
    /// In JSON thay cho csv · Print JSON instead of csv.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The command.
pub(crate) async fn command(args: &Registers) -> anyhow::Result<()> {
    let text = match args {
        Registers::List(list) => listed(list).await?,
        Registers::Diff(diff) => differences(diff).await?,
    };
    Ok(std::io::stdout().write_all(&text)?)
}

async fn listed(args: &List) -> anyhow::Result<Vec<u8>> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let mut table = CsvTable::new(&["Tệp", "BLAKE3", "Lượt chạy", "Nạp lúc"])?;
    for file in store.sources().await.map_err(user)? {
        if file.kind == SourceKind::Register {
            let hash = format!("{:.12}", file.hash);
            table.row(&[&*file.name, &hash, &file.run.to_string(), &file.loaded_at])?;
        }
    }
    Ok(table.take()?)
}

async fn differences(args: &Diff) -> anyhow::Result<Vec<u8>> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let key = args.key.key()?;
    let diff = diachiso_runs::compare_registers(&store, &args.before, &args.after, &key).await?;
    let count = |what: &str| {
        let of = diff.households.iter().filter(|h| h.change.as_str() == what).count();
        format_vi(of as u64)
    };
    eprintln!(
        "{} → {}: thêm / added {}, mất / gone {}, đổi / changed {}, như cũ / same {}",
        diff.before.name,
        diff.after.name,
        count("added"),
        count("gone"),
        count("changed"),
        format_vi(diff.same)
    );
    if args.json {
        return Ok(format!("{:#}\n", of(&diff)).into_bytes());
    }
    let mut table = CsvTable::new(&["Mã hộ", "Thôn", "Thay đổi", "Cột", "Trước", "Sau"])?;
    for household in &diff.households {
        let (id, village, what) = (&*household.id, &*household.village, household.change.as_str());
        if let HouseholdChange::Changed(fields) = &household.change {
            for change in fields {
                table.row(&[id, village, what, change.field, &change.before, &change.after])?;
            }
        } else {
            table.row(&[id, village, what, "", "", ""])?;
        }
    }
    Ok(table.take()?)
}

fn of(diff: &RegisterDiff) -> Value {
    let file = |file: &RegisterFile| {
        json!({
            "name": file.name, "hash": file.hash, "source": file.source,
            "closed_on": file.closed_on.map(|day| day.to_string()), "households": file.households,
        })
    };
    let households = diff.households.iter().map(|h| {
        let fields: Vec<Value> = match &h.change {
            HouseholdChange::Changed(fields) => fields
                .iter()
                .map(|f| json!({"field": f.field, "before": f.before, "after": f.after}))
                .collect(),
            _ => Vec::new(),
        };
        json!({"household": h.id, "village": h.village, "change": h.change.as_str(), "fields": fields})
    });
    json!({
        "before": file(&diff.before), "after": file(&diff.after), "same": diff.same,
        "households": households.collect::<Vec<_>>(),
    })
}
