//! `diachiso places`: reference files by which addresses are found.

use std::{fs::File, io::Read as _, path::PathBuf};

use anyhow::Context as _;
use clap::{Args as ClapArgs, Subcommand};
use diachiso_model::{PlaceKind, SourceKind};
use diachiso_runs::Named;
use diachiso_source::places::{is_osm_pbf, read_osm_pbf, read_places};
use diachiso_text::number::format_vi;

use crate::{args::StoreArg, user};

/// Bytes by which an extract is told from other files.
const HEAD_BYTES: u64 = 64;
/// Rows that are named before the rest is only counted.
const SHOWN: usize = 10;

#[derive(Subcommand, Debug)]
pub(crate) enum Places {
    /// Nạp số nhà, đường, thôn từ tệp tham chiếu · Take in houses, streets and villages of a reference file.
    Import(Import),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Import {
    /// Tệp csv, xlsx, GeoJSON (điểm) hoặc .osm.pbf; nạp lại cùng tên thì thay · Table of houses or streets with
    /// coordinates, `GeoJSON` points, or an extract of `OpenStreetMap`; one of the same name is replaced.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

/// The command.
pub(crate) async fn command(places: &Places) -> anyhow::Result<()> {
    let Places::Import(args) = places;
    let file = Named::new(&args.file, SourceKind::Register)?;
    let mut head = Vec::new();
    File::open(&file.path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    let read = if is_osm_pbf(&head) {
        read_osm_pbf(&file.name, || File::open(&file.path)).map_err(user)?
    } else {
        let mut rows = file.rows()?;
        read_places(&file.name, &mut *rows)
            .with_context(|| format!("F01 {}", args.file.display()))
            .map_err(user)?
    };
    for row in read.rejected.iter().take(SHOWN) {
        eprintln!("  dòng / row {row}: thiếu toạ độ hoặc tên / without coordinates or a name");
    }
    if read.rejected.len() > SHOWN {
        eprintln!("  … và {} dòng khác / and more", read.rejected.len() - SHOWN);
    }
    if read.left_out > 0 {
        eprintln!(
            "  bỏ {0} quan hệ hoặc đường nằm ngoài tệp / {0} relations, or ways that lie beyond the extract, left out",
            format_vi(read.left_out)
        );
    }
    let store = diachiso_store::open_store(&args.store.store, true).await.map_err(user)?;
    store.import_places(&read.places, &file.name).await.map_err(user)?;
    let count = |kind| format_vi(read.places.iter().filter(|p| p.kind == kind).count() as u64);
    eprintln!(
        "Đã ghi vào {}: {} số nhà / houses, {} điểm đường / points of streets, {} thôn / villages; {} dòng bỏ / rows left out",
        store.name(),
        count(PlaceKind::House),
        count(PlaceKind::Street),
        count(PlaceKind::Village),
        format_vi(read.rejected.len() as u64)
    );
    Ok(())
}
