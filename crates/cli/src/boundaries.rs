//! `diachiso units`: boundaries checked, repaired and kept.

use std::{collections::BTreeMap, io::Write as _, path::Path};

use anyhow::{Context as _, anyhow};
use diachiso_model::{Date, Level, UnitCode, Units};
use diachiso_pipeline::Reference;
use diachiso_spatial::coverage_check::{self, CoverageReport, RepairOptions};
use diachiso_store::{BoundaryRecord, Store};
use geo_types::MultiPolygon;

use crate::{args, user};

/// Attribute names under which files carry the commune's code, most telling first.
const CODE_ATTRIBUTES: &[&str] =
    &["code", "commune_code", "ma_xa", "maxa", "ward_id", "gso_code", "ma", "id"];
/// How many places of each kind are listed before the rest is only counted.
const SHOWN: usize = 5;

/// The command.
pub(crate) async fn command(args: &args::Units) -> anyhow::Result<()> {
    match &args.command {
        args::UnitsCommand::Import(import) => import_file(import).await,
        args::UnitsCommand::List(list) => list_units(list),
        args::UnitsCommand::Find(find) => crate::units_find::command(find).await,
    }
}

fn list_units(args: &args::UnitsList) -> anyhow::Result<()> {
    let reference = Reference::load([])?;
    let on = args.on.unwrap_or_else(diachiso_runs::today);
    let mut out = std::io::stdout().lock();
    for level in [Level::Province, Level::District, Level::Commune] {
        for (_, unit) in reference.units.on(level, on) {
            let parent = unit.parent.as_ref().map_or("", UnitCode::as_str);
            writeln!(out, "{}\t{}\t{}\t{parent}", unit.code, level.as_str(), unit.full_name())?;
        }
    }
    Ok(())
}

async fn import_file(args: &args::UnitsImport) -> anyhow::Result<()> {
    let named = |e: anyhow::Error| user(e.context(format!("F01 {}", args.file.display())));
    let areas = read(&args.file).await.map_err(named)?;
    let reference = Reference::load([])?;
    let villages = is_village_file(&areas);
    let on = match args.on {
        Some(on) => reference.units.period_of(on),
        None if villages => reference.units.period_of(diachiso_runs::today()),
        None => best_period(&reference.units, &areas).ok_or_else(|| {
            named(anyhow!("no feature carries a known commune code in {CODE_ATTRIBUTES:?}"))
        })?,
    };
    eprintln!(
        "{}: {} vùng / areas, áp dụng cho giai đoạn từ / for the period from {on}",
        args.file.display(),
        areas.len()
    );
    let before = coverage_check::inspect(&areas);
    tell("Trước khi sửa / As it came", &before);
    let (repaired, actions) = coverage_check::repair(areas, &RepairOptions::default());
    for action in actions.iter().take(SHOWN * 4) {
        eprintln!("  đã sửa / repaired: {action}");
    }
    if actions.len() > SHOWN * 4 {
        eprintln!("  … và {} chỗ khác / and more", actions.len() - SHOWN * 4);
    }
    if !actions.is_empty() {
        tell("Sau khi sửa / After repair", &coverage_check::inspect(&repaired));
    }
    let records = records(&reference.units, repaired, on, &args.file);
    if args.dry_run {
        eprintln!(
            "Chỉ kiểm tra, chưa ghi / dry run, nothing written: {} vùng / areas fit",
            records.len()
        );
        return Ok(());
    }
    let store = diachiso_store::open_store(&args.store.store, true).await.map_err(user)?;
    store.import_boundaries(&records).await.map_err(user)?;
    eprintln!(
        "Đã ghi {} ranh giới vào {} / boundaries kept; the next run uses them",
        records.len(),
        store.name()
    );
    Ok(())
}

/// `diachiso masks`: replaces the areas in which no point may be shown.
pub(crate) async fn masks(args: &args::Masks) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, true).await.map_err(user)?;
    let kept = keep_masks(store.as_ref(), &args.file).await?;
    eprintln!("Đã ghi {kept} vùng vào {} / masks kept; the next run uses them", store.name());
    Ok(())
}

/// Replaces the masks of a store by the polygons of a file; returns how many.
pub(crate) async fn keep_masks(store: &dyn Store, file: &Path) -> anyhow::Result<usize> {
    let named = |e: anyhow::Error| user(e.context(format!("F01 {}", file.display())));
    let features = features(file).await.map_err(named)?;
    let masks: Vec<_> = features.into_iter().map(|(_, shape)| shape).collect();
    let origin = file.file_name().map(|n| n.to_string_lossy().into_owned());
    store.import_masks(&masks, &origin.unwrap_or_default()).await.map_err(user)?;
    Ok(masks.len())
}

/// Names and values of a feature's attributes.
type Attributes = Vec<(String, String)>;
type Areas = Vec<(String, MultiPolygon<f64>)>;

/// The polygons of a file with their attributes.
async fn features(path: &Path) -> anyhow::Result<Vec<(Attributes, MultiPolygon<f64>)>> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(path).context("cannot be read")?;
    if bytes.starts_with(b"SQLite format 3") {
        let polygons = diachiso_store::read_polygons(path).await?;
        return Ok(polygons.into_iter().map(|f| (f.attributes, f.shape)).collect());
    }
    let areas = diachiso_source::areas::read_geojson(&name, &bytes)?;
    Ok(areas.into_iter().map(|a| (a.attributes, a.shape)).collect())
}

/// The areas of a file by commune code; parts of one commune are put together.
async fn read(path: &Path) -> anyhow::Result<Areas> {
    let features = features(path).await?;
    let mut by_code: BTreeMap<String, MultiPolygon<f64>> = BTreeMap::new();
    let mut without = 0;
    for (attributes, shape) in features {
        match code(&attributes) {
            Some(code) => by_code
                .entry(code)
                .or_insert_with(|| MultiPolygon::new(Vec::new()))
                .0
                .extend(shape.0),
            None => without += 1,
        }
    }
    if without > 0 {
        eprintln!("  bỏ qua {without} vùng không có mã xã / areas without a commune code left out");
    }
    Ok(by_code.into_iter().collect())
}

fn code(attributes: &[(String, String)]) -> Option<String> {
    let value = |name: &str| {
        attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
    };
    CODE_ATTRIBUTES
        .iter()
        .filter_map(|name| value(name))
        .find(|v| {
            v.parse::<UnitCode>()
                .is_ok_and(|c| matches!(c.level(), Level::Commune | Level::Village))
        })
        .map(str::to_owned)
}

/// Whether the areas are villages, by their codes (`19870-trung-lang`).
fn is_village_file(areas: &Areas) -> bool {
    let village = |code: &str| code.parse::<UnitCode>().is_ok_and(|c| c.level() == Level::Village);
    !areas.is_empty() && areas.iter().all(|(code, _)| village(code))
}

/// The period whose communes the codes fit best: most codes known, fewest communes left out.
fn best_period(units: &Units, areas: &Areas) -> Option<Date> {
    let fit = |on: Date| {
        let known = areas
            .iter()
            .filter(|(c, _)| c.parse().is_ok_and(|c| units.by_code(&c, on).is_some()))
            .count();
        (2 * known).cast_signed() - units.on(Level::Commune, on).count().cast_signed()
    };
    let known = |on: &Date| {
        areas.iter().any(|(c, _)| c.parse().is_ok_and(|c| units.by_code(&c, *on).is_some()))
    };
    units.reforms().iter().copied().filter(known).max_by_key(|on| fit(*on))
}

fn records(units: &Units, areas: Areas, on: Date, file: &Path) -> Vec<BoundaryRecord> {
    let origin = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut records = Vec::new();
    for (text, shape) in areas {
        let code: Option<UnitCode> = text.parse().ok();
        let version = |code: UnitCode| match code.level() {
            // A village is known by the registers alone: a run takes the shape if it knows the code.
            Level::Village => Some((code, on)),
            _ => units.by_code(&code, on).map(|id| (code, units.get(id).valid_from)),
        };
        match code.and_then(version) {
            Some((code, valid_from)) => {
                let origin = origin.as_str().into();
                records.push(BoundaryRecord { code, valid_from, shape, origin, schematic: false });
            }
            None => eprintln!(
                "  bỏ qua mã {text}: không có xã nào mang mã này ngày {on} / no such commune then"
            ),
        }
    }
    records
}

fn tell(title: &str, report: &CoverageReport) {
    let (invalid, overlaps, gaps) =
        (report.invalid.len(), report.overlaps.len(), report.gaps.len());
    eprintln!(
        "{title}: {invalid} vòng hỏng / invalid rings, {overlaps} chồng lấn / overlaps, {gaps} khe hở / gaps"
    );
    for ring in report.invalid.iter().take(SHOWN) {
        eprintln!("  {}: {}", ring.code, ring.reason);
    }
    for overlap in report.overlaps.iter().take(SHOWN) {
        eprintln!(
            "  {} ∩ {}: {:.0} m² tại / at {}",
            overlap.a, overlap.b, overlap.area_m2, overlap.at
        );
    }
    for gap in report.gaps.iter().take(SHOWN) {
        eprintln!(
            "  khe hở / gap {:.0} m² tại / at {} giữa / between {}",
            gap.area_m2,
            gap.at,
            gap.neighbours.join(", ")
        );
    }
}
