//! `diachiso areas`: named sets of units that lists and maps are asked for.

pub(crate) mod args;

use std::io::Write as _;

use anyhow::anyhow;
use diachiso_model::{AreaId, AreaOn, Level, SavedArea, Units};
use diachiso_pipeline::Reference;
use diachiso_store::{SavedAreaRecord, ServiceStore};
use diachiso_text::fold::unaccent_key;
use serde_json::json;

use crate::{audit, user};

/// The command.
pub(crate) async fn command(args: &args::Areas) -> anyhow::Result<()> {
    match args {
        args::Areas::List(list) => self::list(list).await,
        args::Areas::Save(save) => self::save(save).await,
        args::Areas::Remove(remove) => self::remove(remove).await,
    }
}

async fn list(args: &args::List) -> anyhow::Result<()> {
    let saved = audit::service(&args.store).await?.saved_areas().await.map_err(user)?;
    let mut out = std::io::stdout();
    if args.json {
        let body: Vec<_> = saved.iter().map(row).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&body)?)?;
        return Ok(());
    }
    for record in &saved {
        let SavedAreaRecord { area, made_by, .. } = record;
        writeln!(out, "{}\t{}\t{made_by}\t{}", area.id(), area.name(), units(area).join(" "))?;
    }
    Ok(())
}

fn units(area: &SavedArea) -> Vec<String> {
    area.units().iter().map(ToString::to_string).collect()
}

fn row(record: &SavedAreaRecord) -> serde_json::Value {
    json!({
        "id": record.area.id().as_str(),
        "name": record.area.name(),
        "units": units(&record.area),
        "made_by": &*record.made_by,
        "made_at": record.made_at.to_string(),
        "changed_by": &*record.changed_by,
        "changed_at": record.changed_at.to_string(),
    })
}

async fn save(args: &args::Save) -> anyhow::Result<()> {
    let id = match &args.id {
        Some(id) => id.clone(),
        None => id_of(&args.name)?,
    };
    let area = SavedArea::new(id, &args.name, args.units.clone()).map_err(user)?;
    let known = Reference::load([])?.units;
    if let Some(unit) = area.units().iter().find(|unit| !is_known(&known, unit)) {
        return Err(user(anyhow!(
            "không có đơn vị {} vào ngày {} / no unit bore code {0} on {1}",
            unit.code,
            unit.on
        )));
    }
    let service = audit::service(&args.store).await?;
    let entry = audit::entry(&args.by, "area-save", area.id().as_str());
    service.save_area(&area, None, &entry).await.map_err(user)?;
    eprintln!("Đã lưu vùng / saved: {} ({})", area.name(), units(&area).join(" "));
    println!("{}", area.id());
    Ok(())
}

/// The id that a name makes: "Ven phá" is `ven-pha`.
fn id_of(name: &str) -> anyhow::Result<AreaId> {
    unaccent_key(name).replace(' ', "-").parse().map_err(|_| {
        user(anyhow!(
            "tên này không thành mã được, hãy nêu --id / the name makes no id; give one with --id"
        ))
    })
}

/// Villages are no official units: the register says what there is, and the server looks.
fn is_known(units: &Units, unit: &AreaOn) -> bool {
    unit.code.level() == Level::Village || units.by_code(&unit.code, unit.on).is_some()
}

async fn remove(args: &args::Remove) -> anyhow::Result<()> {
    let service = audit::service(&args.store).await?;
    if service.saved_area(&args.id).await.map_err(user)?.is_none() {
        return Err(no_such(&args.id));
    }
    let entry = audit::entry(&args.by, "area-remove", args.id.as_str());
    if !service.remove_area(&args.id, None, &entry).await.map_err(user)? {
        return Err(no_such(&args.id));
    }
    eprintln!("Đã xoá vùng {0} / area {0} is removed", args.id);
    Ok(())
}

fn no_such(id: &AreaId) -> anyhow::Error {
    user(anyhow!(
        "không có vùng đã lưu {id} / there is no saved area {id}; see `diachiso areas list`"
    ))
}

/// Where a grant shall hold, as it is named on the command line.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    /// A unit on a day.
    Unit(AreaOn),
    /// The units that a saved area has now.
    Saved(AreaId),
}

/// Reads `477@2024-12-31` or `ven-pha`.
pub(crate) fn named(text: &str) -> Result<Named, String> {
    match text.parse::<AreaId>() {
        Ok(id) => Ok(Named::Saved(id)),
        Err(_) => {
            text.parse().map(Named::Unit).map_err(|e: diachiso_model::GrantError| e.to_string())
        }
    }
}

/// The units that are meant now. A grant keeps them, whatever becomes of a saved area: to change it gives nobody rights.
pub(crate) async fn frozen(
    service: &dyn ServiceStore,
    named: &[Named],
) -> anyhow::Result<Vec<AreaOn>> {
    let mut units = Vec::new();
    for one in named {
        match one {
            Named::Unit(unit) => units.push(unit.clone()),
            Named::Saved(id) => {
                let record = service.saved_area(id).await.map_err(user)?;
                units.extend_from_slice(record.ok_or_else(|| no_such(id))?.area.units());
            }
        }
    }
    Ok(units)
}
