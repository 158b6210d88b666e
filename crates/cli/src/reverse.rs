//! `diachiso reverse`: what lies at a point, at a code, or at every point of a file.

mod addresses;
pub(crate) mod args;
mod file;
mod points;

use std::{fmt::Write as _, path::Path, sync::Arc};

use anyhow::anyhow;
use diachiso_model::{Date, LonLat, UnitId};
use diachiso_pipeline::{LocatedVillage, Locator, Place, Reference, parse_point};
use diachiso_server::{CodeBody, PlaceBody, nearest_address};
use diachiso_store::Store;

use crate::user;
use addresses::Addresses;
use file::Asked;

/// The command.
pub(crate) async fn command(args: &args::Reverse) -> anyhow::Result<()> {
    let store = match &args.store {
        Some(store) => Some(diachiso_store::open_store(store, false).await.map_err(user)?),
        None => None,
    };
    let locator = locator(store.as_deref()).await?;
    let today = diachiso_runs::today();
    let on = args.on.unwrap_or(today);
    if let Some(point) = parse_point(&args.place) {
        return one(args, &locator, store.as_deref(), point, on, today).await;
    }
    let path = Path::new(&args.place);
    if path.exists() {
        let addresses = match &store {
            Some(store) => {
                Addresses::of(store.as_ref(), locator.reference()).await.map_err(user)?
            }
            None => Addresses::default(),
        };
        return file::file(args, path, &Asked { locator: &locator, addresses, on, today });
    }
    let Some(code) = CodeBody::of(&locator, &args.place, on) else {
        return Err(user(anyhow!(
            "`{}`: không phải toạ độ, mã hay tệp / neither latitude and longitude (16.47,107.59), nor a code, nor a file",
            args.place
        )));
    };
    let point = code.point();
    if args.json || point.is_none() {
        println!("{}", serde_json::to_string_pretty(&code)?);
    }
    match point {
        Some(point) if !args.json => one(args, &locator, store.as_deref(), point, on, today).await,
        _ => Ok(()),
    }
}

/// Boundaries and villages as the store has them.
async fn locator(store: Option<&dyn Store>) -> anyhow::Result<Locator> {
    let Some(store) = store else {
        return Ok(Locator::new(Arc::new(Reference::load([])?), []));
    };
    let imported = store.boundaries().await.map_err(user)?;
    let masks = store.masks().await.map_err(user)?;
    let reference = diachiso_runs::reference_of(imported)?.with_masks(masks);
    let villages = store.village_shapes().await.map_err(user)?;
    let villages = villages.into_iter().filter_map(|v| {
        let village = LocatedVillage { code: v.code, name: v.name, confidence: v.confidence };
        Some((village, v.shape?))
    });
    Ok(Locator::new(Arc::new(reference), villages))
}

async fn one(
    args: &args::Reverse,
    locator: &Locator,
    store: Option<&dyn Store>,
    point: LonLat,
    on: Date,
    today: Date,
) -> anyhow::Result<()> {
    let place = locator.place(point, on);
    let mut body = PlaceBody::of(locator, point, on, today, &place);
    if let Some(store) = store {
        let near = nearest_address(store, locator.reference(), point).await.map_err(user)?;
        body = body.with_address(near);
    }
    let value = serde_json::to_value(&body)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&value)?);
    } else {
        print!("{}", words(locator, &place, &value, on));
    }
    Ok(())
}

/// The answer for people.
fn words(locator: &Locator, place: &Place, body: &serde_json::Value, on: Date) -> String {
    let reference = locator.reference();
    let name = |id: UnitId| reference.units.get(id).full_name();
    let mut out = String::new();
    let metres = place.border_m.unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = match (place.commune, place.nearest) {
        (Some(id), _) => writeln!(
            out,
            "{} ({}), ngày {on}; cách ranh giới {metres:.0} m / to the border",
            name(id),
            reference.units.get(id).code
        ),
        (None, Some(id)) => writeln!(
            out,
            "Ngoài mọi xã/phường; gần nhất là {}, cách {metres:.0} m / in no commune, the nearest is {metres:.0} m away",
            name(id)
        ),
        (None, None) => {
            writeln!(out, "Ngoài tỉnh, cách xa trên 100 km / further than 100 km from the province")
        }
    };
    if let Some(found) = place.village {
        let village = &locator.villages()[found.village];
        let at = if found.inside {
            "trong ranh / inside, cách ranh"
        } else {
            "gần nhất / nearest, cách"
        };
        let _ = writeln!(
            out,
            "{} ({}): {at} {:.0} m, độ tin cậy / confidence {:.2}",
            village.name, village.code, found.border_m, village.confidence
        );
    }
    let codes = &place.codes;
    let _ = writeln!(out, "Plus Code {}", codes.olc);
    if let (Some(postal), Some(code)) = (codes.postal, &codes.vpostcode12) {
        let _ = writeln!(out, "Mã bưu chính / postal code {postal:05}; vpostcode12 {code}");
    }
    let address = &body["address"];
    if let (Some(line), Some(metres)) =
        (address["address"].as_str(), address["distance_m"].as_f64())
    {
        let wind = address["direction_vi"].as_str().unwrap_or_default();
        let _ = writeln!(
            out,
            "Địa chỉ gần nhất / nearest address: {line}, {metres:.0} m về phía {wind}"
        );
    }
    out
}
