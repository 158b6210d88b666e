//! `diachiso review list`: what waits for a person, by area and rule. Ids, rules, places and rows of files: nobody is named.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write as _,
};

use clap::{Args as ClapArgs, Subcommand};
use diachiso_model::{Level, ProposalKind, ProposalStatus, RuleCode, UnitCode};
use diachiso_store::{AreaQuery, Store};
use diachiso_text::number::format_vi;
use serde_json::{Value, json};

use crate::{args::StoreArg, user};

/// Things listed when nothing is said.
const LISTED: usize = 50;

#[derive(Subcommand, Debug)]
pub(crate) enum Review {
    /// Liệt kê phiếu bị giữ và đề xuất chưa quyết định · List held submissions and open proposals.
    List(List),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct List {
    /// Chỉ trong đơn vị này · Only what lies in this unit.
    #[arg(long, value_name = "CODE")]
    pub(crate) area: Option<UnitCode>,
    /// Chỉ điều quy tắc này hỏi · Only what this rule asks, such as D04.
    #[arg(long, value_name = "CODE")]
    pub(crate) rule: Option<RuleCode>,
    /// Nhiều nhất bao nhiêu · How many at most.
    #[arg(long, value_name = "N", default_value_t = LISTED)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A held submission or an open proposal.
struct Waits {
    place: Option<UnitCode>,
    id: String,
    kind: &'static str,
    rules: Vec<RuleCode>,
}

/// The command.
pub(crate) async fn command(Review::List(list): &Review) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&list.store.store, false).await.map_err(user)?;
    let mut waiting = waiting(store.as_ref()).await?;
    if let Some(area) = &list.area {
        let inside = units_in(store.as_ref(), area).await?;
        waiting.retain(|item| item.place.as_ref().is_some_and(|place| inside.contains(place)));
    }
    let mut counts: BTreeMap<RuleCode, u64> = BTreeMap::new();
    for code in waiting.iter().flat_map(|item| &item.rules) {
        *counts.entry(*code).or_default() += 1;
    }
    let all = waiting.len() as u64;
    waiting.retain(|item| list.rule.is_none_or(|rule| item.rules.contains(&rule)));
    waiting.truncate(list.limit);
    let mut rows = Vec::with_capacity(waiting.len());
    for item in &waiting {
        let view = match item.id.parse() {
            Ok(id) if item.kind == "submission" => store.submission(id).await.map_err(user)?,
            _ => None,
        };
        rows.push(view.map(|view| format!("{}:{}", view.file, view.row)));
    }
    let told: Vec<_> = waiting.iter().zip(rows).collect();
    let text = if list.json {
        format!("{:#}\n", as_json(all, &counts, &told))
    } else {
        as_text(all, &counts, &told)
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// All that waits in the newest run, by place and id.
async fn waiting(store: &dyn Store) -> anyhow::Result<Vec<Waits>> {
    let rows = store.held_rows().await.map_err(user)?.into_iter().map(|row| Waits {
        place: row.village.or(row.commune),
        id: row.id.to_string(),
        kind: "submission",
        rules: row.rules,
    });
    let proposals = store.proposals().await.map_err(user)?;
    let open = proposals.into_iter().filter(|p| p.status == ProposalStatus::Open);
    let open = open.map(|p| Waits {
        place: p.commune,
        id: p.id.to_string(),
        kind: "proposal",
        rules: vec![match p.kind {
            ProposalKind::Datum => RuleCode::G12,
            ProposalKind::Zone => RuleCode::G05,
            ProposalKind::CopiedFix => RuleCode::G10,
        }],
    });
    let mut all: Vec<Waits> = rows.chain(open).collect();
    all.sort_unstable_by(|a, b| (&a.place, &a.id).cmp(&(&b.place, &b.id)));
    Ok(all)
}

/// A unit and those inside it, in the period of the register's closing date.
async fn units_in(store: &dyn Store, area: &UnitCode) -> anyhow::Result<BTreeSet<UnitCode>> {
    let mut inside = BTreeSet::from([area.clone()]);
    for level in [Level::Commune, Level::Village] {
        let within = AreaQuery { on: None, level, within: Some(area.clone()), source: None };
        let units = store.coverage(&within).await.map_err(user)?;
        inside.extend(units.into_iter().map(|row| row.code));
    }
    Ok(inside)
}

fn as_text(
    all: u64,
    counts: &BTreeMap<RuleCode, u64>,
    told: &[(&Waits, Option<String>)],
) -> String {
    let mut out = format!("{} việc chờ duyệt / things wait\n", format_vi(all));
    for (code, n) in counts {
        let rule = code.rule();
        let _ = writeln!(out, "  {code}  {:>6}  {} / {}", format_vi(*n), rule.vi, rule.en);
    }
    for (item, row) in told {
        let codes: Vec<&str> = item.rules.iter().map(|code| code.as_str()).collect();
        let place = item.place.as_ref().map_or("–", UnitCode::as_str);
        let row = row.as_deref().unwrap_or("đề xuất / proposal");
        let _ = writeln!(out, "{}  {}  {place}  {row}", item.id, codes.join(" "));
    }
    out
}

fn as_json(all: u64, counts: &BTreeMap<RuleCode, u64>, told: &[(&Waits, Option<String>)]) -> Value {
    let rules: Vec<Value> =
        counts.iter().map(|(code, n)| json!({ "code": code.as_str(), "waiting": n })).collect();
    let item = |(item, row): &(&Waits, Option<String>)| {
        let rules: Vec<&str> = item.rules.iter().map(|code| code.as_str()).collect();
        let place = item.place.as_ref().map(UnitCode::as_str);
        json!({ "id": item.id, "kind": item.kind, "rules": rules, "place": place, "row": row })
    };
    json!({ "waiting": all, "rules": rules, "items": told.iter().map(item).collect::<Vec<_>>() })
}
