//! `diachiso units find`: the commune that an address means on a day, what it is today, and why.

use std::fmt::Write as _;

use anyhow::anyhow;
use diachiso_model::{LonLat, UnitId, Units};
use diachiso_pipeline::{FoundUnit, Reference, Says, UnitQuery, parse_point};
use diachiso_server::FoundUnitBody;
use diachiso_spatial::address_code::AddressCode;
use diachiso_text::code::clean_code;

use crate::{args, user};

/// Reads `16.47,107.59`.
pub(crate) fn point(text: &str) -> Result<LonLat, String> {
    parse_point(text).ok_or_else(|| {
        format!("`{text}`: expected latitude and longitude in degrees, such as 16.47,107.59")
    })
}

/// The command.
pub(crate) async fn command(args: &args::UnitsFind) -> anyhow::Result<()> {
    let today = diachiso_runs::today();
    let reference = reference(args.store.as_deref()).await?;
    let code = args.address_code.as_deref().map(|text| {
        AddressCode::parse(&clean_code(text)).ok_or_else(|| {
            user(anyhow!("--address-code {text}: of no known scheme (10 digits, 12 characters or a Plus Code)"))
        })
    });
    let code = code.transpose()?;
    let query = UnitQuery {
        text: &args.text,
        district: &args.district,
        code: args.code.as_deref(),
        point: args.point,
        address_code: code.as_ref(),
        on: args.on.unwrap_or(today),
    };
    let found = reference.find_unit(&query, today);
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&FoundUnitBody::of(&reference.units, query.on, &found))?
        );
    } else {
        print!("{}", words(&reference.units, &query, &found));
    }
    Ok(())
}

async fn reference(store: Option<&str>) -> anyhow::Result<Reference> {
    let Some(store) = store else { return Ok(Reference::load([])?) };
    let store = diachiso_store::open_store(store, false).await.map_err(user)?;
    let imported = store.boundaries().await.map_err(user)?;
    Ok(diachiso_runs::reference_of(imported)?)
}

fn named(units: &Units, id: UnitId) -> String {
    let unit = units.get(id);
    format!("{} {}", unit.code, unit.full_name())
}

fn list(units: &Units, ids: &[UnitId]) -> String {
    ids.iter().map(|id| named(units, *id)).collect::<Vec<_>>().join("; ")
}

fn words(units: &Units, query: &UnitQuery<'_>, found: &FoundUnit) -> String {
    let [_, vi, en] = found.by.words();
    let mut out = String::new();
    let _ = match found.unit {
        Some(unit) => writeln!(out, "{}: {} ({vi} / {en})", query.on, named(units, unit)),
        None => writeln!(out, "{}: {vi} / {en}", query.on),
    };
    if !found.today.is_empty() {
        let _ = writeln!(out, "Nay / today: {}", list(units, &found.today));
    }
    if let Some(rule) = found.rule {
        let _ = writeln!(out, "{} {} / {}", rule.as_str(), rule.rule().vi, rule.rule().en);
    }
    if !found.candidates.is_empty() {
        let _ = writeln!(out, "Có thể là / may be: {}", list(units, &found.candidates));
    }
    for evidence in &found.evidence {
        let mark = match evidence.says {
            Says::For => "+",
            Says::Against => "−",
            Says::Nothing => "·",
        };
        let _ = writeln!(out, "  {mark} {}: {}", evidence.kind, list(units, &evidence.units));
    }
    out
}
