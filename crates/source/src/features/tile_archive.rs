//! `PMTiles` 3: all tiles of a map in one file, which a web server hands out in pieces.

use std::io::{BufWriter, Seek, Write};

use pmtiles::{Compression, PmTilesStreamWriter, PmTilesWriter, TileCoord, TileType};

use crate::WriteError;

/// An archive of vector tiles, written from the first zoom on.
pub struct TileArchive<W: Write + Seek> {
    writer: PmTilesStreamWriter<BufWriter<W>>,
    tiles: u64,
}

impl<W: Write + Seek> TileArchive<W> {
    /// Begins an archive of tiles up to a zoom; `metadata` is the JSON that names the layers.
    ///
    /// # Errors
    /// When the place written to fails.
    pub fn new(to: W, last_zoom: u8, bounds: [f64; 4], metadata: &str) -> Result<Self, WriteError> {
        let [west, south, east, north] = bounds;
        let writer = PmTilesWriter::new(TileType::Mvt)
            .tile_compression(Compression::Gzip)
            .min_zoom(0)
            .max_zoom(last_zoom)
            .bounds(west, south, east, north)
            .center(f64::midpoint(west, east), f64::midpoint(south, north))
            .center_zoom(last_zoom.min(9))
            .metadata(metadata)
            .create(BufWriter::new(to))?;
        Ok(Self { writer, tiles: 0 })
    }

    /// Adds a tile, which is packed on the way.
    ///
    /// # Errors
    /// When the place written to fails, or there is no such tile.
    pub fn add(&mut self, [z, x, y]: [u32; 3], tile: &[u8]) -> Result<(), WriteError> {
        self.tiles += 1;
        let at = TileCoord::new(u8::try_from(z).unwrap_or(u8::MAX), x, y)?;
        Ok(self.writer.add_tile(at, tile)?)
    }

    /// Writes the directory; tells how many tiles there are.
    ///
    /// # Errors
    /// When the place written to fails.
    pub fn finish(self) -> Result<u64, WriteError> {
        self.writer.finalize()?;
        Ok(self.tiles)
    }
}
