//! `diachiso generate`: synthetic registers and submissions with ground truth.

use std::path::Path;

use anyhow::anyhow;
use diachiso_model::{Date, Kind, Level, UnitCode, UnitId};
use diachiso_pipeline::Reference;
use diachiso_synth::{CommuneInput, Config, Files, RegisterLayout, Summary, SynthError, Written};
use diachiso_text::number::format_vi;

use crate::{args, ui::Bars, user};

/// A day of the period in which the published figures were collected: 141 communes.
const ON: Date = Date::constant(2024, 6, 30);
/// The district of the preset.
const QUANG_DIEN: &str = "477";

/// The command.
pub(crate) fn generate(args: &args::Generate) -> anyhow::Result<()> {
    if let Some(records) = args.linkage {
        return linkage(args.seed, records, &args.out);
    }
    match (args.preset, args.households) {
        (None, Some(households)) => {
            let communes = communes(args.district.as_deref())?;
            write(&Config::proportional(args.seed, households, communes), &args.out)
        }
        _ => quang_dien(&args.out, args.seed),
    }
    .map(|_| ())
}

/// Writes records for measuring linkage.
fn linkage(seed: u64, records: u64, out: &Path) -> anyhow::Result<()> {
    let (records, pairs) = diachiso_synth::linkage(seed, records, out).map_err(user)?;
    eprintln!(
        "Dữ liệu giả lập / Synthetic: {} bản ghi, {} cặp đúng · records, true pairs → {}",
        format_vi(records),
        format_vi(pairs),
        out.display()
    );
    Ok(())
}

/// Writes the preset of Quảng Điền.
pub(crate) fn quang_dien(out: &Path, seed: u64) -> anyhow::Result<Written> {
    let config = Config { seed, ..diachiso_synth::quang_dien(communes(Some(QUANG_DIEN))?) };
    write(&config, out)
}

fn write(config: &Config, out: &Path) -> anyhow::Result<Written> {
    let bars = Bars::new();
    diachiso_pipeline::Progress::stage(&bars, "generate", None);
    let made = make(config, out).map_err(user);
    bars.finish();
    let (summary, written) = made?;
    eprintln!(
        "Dữ liệu giả lập / Synthetic: {} hộ, {} phiếu → {}",
        format_vi(summary.register_rows),
        format_vi(summary.submission_rows),
        out.display()
    );
    Ok(written)
}

fn make(config: &Config, out: &Path) -> Result<(Summary, Written), SynthError> {
    let mut files = Files::create(out, RegisterLayout::Single)?;
    let summary = diachiso_synth::generate(config, &mut files)?;
    Ok((summary, files.finish()?))
}

/// The communes of a district, or of the province, with what the generator needs to know of them.
fn communes(district: Option<&str>) -> anyhow::Result<Vec<CommuneInput>> {
    let reference = Reference::load([])?;
    let units = &reference.units;
    let wanted: Option<UnitCode> =
        district.map(str::parse).transpose().map_err(|e: diachiso_model::UnitCodeError| user(e))?;
    let inside =
        |id: UnitId| wanted.as_ref().is_none_or(|d| units.get(id).parent.as_ref() == Some(d));
    let found: Vec<CommuneInput> = units
        .on(Level::Commune, ON)
        .filter(|(id, _)| inside(*id))
        .filter_map(|(id, unit)| {
            let shape = reference.boundaries.get(id)?.shape.clone();
            let district = units.ancestor(id, Level::District, ON);
            let urban = unit.kind != Kind::Xa;
            Some(CommuneInput {
                code: unit.code.to_string(),
                name: unit.full_name(),
                kind_is_urban: urban,
                district_name: district.map(|d| units.get(d).full_name()).unwrap_or_default(),
                postal: units.postal_of(id),
                shape,
                // Towns hold more people than their area says.
                weight: if urban { 1.4 } else { 1.0 },
                other_names: other_names(units, id),
            })
        })
        .collect();
    if found.is_empty() {
        return Err(user(anyhow!(
            "no district {} on {ON}; see `diachiso units list --on {ON}`",
            district.unwrap_or("")
        )));
    }
    Ok(found)
}

/// Names of the units that the commune became: what rows of other dates would call it. Names that a commune bore by
/// then are left out, since they would mean that one.
fn other_names(units: &diachiso_model::Units, id: UnitId) -> Vec<String> {
    let known = |u: &diachiso_model::Unit| u.level == Level::Commune && u.valid_from <= ON;
    let taken: Vec<&str> = units.iter().filter(|(_, u)| known(u)).map(|(_, u)| &*u.name).collect();
    let before_reforms = |day: &Date| *day > ON;
    let mut names: Vec<String> = units
        .reforms()
        .iter()
        .filter(|day| before_reforms(day))
        .flat_map(|day| units.at(id, *day))
        .map(|other| units.get(other))
        .filter(|unit| !taken.contains(&&*unit.name))
        .map(diachiso_model::Unit::full_name)
        .collect();
    names.sort();
    names.dedup();
    names
}
