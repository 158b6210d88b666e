//! `diachiso export`: what the public map shows, as a file. Nothing personal: lists of households are asked of the API,
//! where they need a purpose and are on record.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use clap::{Args as ClapArgs, ValueEnum};
use diachiso_server::{ApiError, PublicMap};
use diachiso_source::{
    WriteError,
    features::{FeatureKind, FeatureTable, TileArchive, write_geoparquet},
};
use diachiso_store::{LayerColumn, LayerKind, MapLayer, write_layers};
use diachiso_text::number::format_vi;

use crate::{args::StoreArg, user};

#[derive(ClapArgs, Debug)]
pub(crate) struct Export {
    /// Dạng tệp · What to write. `pmtiles` and `gpkg` hold all layers, the others one.
    format: Format,
    /// Tệp kết quả, thay tệp cũ · The file; one that is there is replaced.
    file: PathBuf,
    /// Lớp: communes, communes-2025-07-01, villages, … · The layer of a file that holds one.
    #[arg(long, default_value = "communes", value_name = "LAYER")]
    layer: String,
    #[command(flatten)]
    store: StoreArg,
}

/// What to write.
#[derive(ValueEnum, Clone, Copy, PartialEq, Debug)]
enum Format {
    /// Ô vectơ trong một tệp · Vector tiles in one file (`PMTiles` 3).
    Pmtiles,
    /// `GeoParquet` 1.1.
    Geoparquet,
    /// OGC `GeoPackage`.
    Gpkg,
    /// `GeoJSON` (RFC 7946).
    Geojson,
    /// Không có hình · Without shapes; UTF-8 with a byte order mark.
    Csv,
}

/// Why an archive of tiles was not made.
#[derive(Debug, thiserror::Error)]
enum TilesError {
    #[error(transparent)]
    Map(#[from] ApiError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The command.
pub(crate) async fn command(args: &Export) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let map = PublicMap::load(&*store).await.map_err(user)?;
    // Made beside it and moved there when it is whole.
    let scratch = beside(&args.file)?;
    let written = match args.format {
        Format::Gpkg => write_gpkg(&map, scratch.path()).await?,
        Format::Pmtiles => write_tiles(&map, scratch.path())?,
        format => write_layer(&map, &args.layer, format, scratch.path())?,
    };
    scratch
        .persist(&args.file)
        .with_context(|| format!("{}", args.file.display()))
        .map_err(user)?;
    eprintln!("{written} → {}", args.file.display());
    Ok(())
}

fn beside(file: &Path) -> anyhow::Result<tempfile::NamedTempFile> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))
        .map_err(user)
}

fn write_tiles(map: &PublicMap, to: &Path) -> anyhow::Result<String> {
    let about = map.about().to_string();
    let file = File::create(to)?;
    let mut archive = TileArchive::new(file, PublicMap::LAST_ZOOM, map.bounds(), &about)?;
    map.each_tile(|at, tile| Ok::<_, TilesError>(archive.add(at, &tile)?))?;
    Ok(format!("{} ô / tiles", format_vi(archive.finish()?)))
}

fn tables(map: &PublicMap) -> Vec<FeatureTable<'_>> {
    map.layers().map(|layer| FeatureTable::of(layer.name, layer.title, layer.features)).collect()
}

fn write_layer(map: &PublicMap, name: &str, format: Format, to: &Path) -> anyhow::Result<String> {
    let all = tables(map);
    let Some(table) = all.iter().find(|table| table.name == name) else {
        let known: Vec<&str> = all.iter().map(|table| table.name).collect();
        let known = known.join(", ");
        return Err(user(anyhow!(
            "không có lớp `{name}`; có / there is no such layer; there are: {known}"
        )));
    };
    let mut file = BufWriter::new(File::create(to)?);
    match format {
        Format::Csv => table.write_csv(&mut file)?,
        Format::Geoparquet => write_geoparquet(table, &mut file)?,
        Format::Geojson | Format::Gpkg | Format::Pmtiles => table.write_geojson(&mut file)?,
    }
    file.flush()?;
    Ok(format!("{} đối tượng / features", format_vi(table.features.len() as u64)))
}

async fn write_gpkg(map: &PublicMap, to: &Path) -> anyhow::Result<String> {
    let all = tables(map);
    let layers: Vec<MapLayer<'_>> = all
        .iter()
        .map(|table| MapLayer {
            name: table.name.replace('-', "_"),
            title: table.title,
            columns: table
                .columns
                .iter()
                .map(|column| LayerColumn {
                    name: &column.name,
                    kind: match column.kind {
                        FeatureKind::Text => LayerKind::Text,
                        FeatureKind::Integer => LayerKind::Integer,
                        FeatureKind::Real => LayerKind::Real,
                        FeatureKind::Truth => LayerKind::Truth,
                    },
                })
                .collect(),
            features: &table.features,
        })
        .collect();
    write_layers(to, &layers).await.map_err(user)?;
    let features: usize = all.iter().map(|table| table.features.len()).sum();
    Ok(format!(
        "{} lớp / layers, {} đối tượng / features",
        layers.len(),
        format_vi(features as u64)
    ))
}
