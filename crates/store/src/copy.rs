//! Moves everything from one store to another: the published state with its digests, so that the next run goes on where
//! the last one ended, and the ledger with the rows of all files and of batches that are held.
//!
//! Tokens, the audit log and the like are not of a store: they stay with the service.

mod geopackage;
mod postgis;
mod tables;

use std::collections::HashMap;

use tokio::sync::mpsc;

use crate::{
    GeoPackage, PostGis, StoreError,
    answers::Record,
    geometry::{Bounds, point_blob, shape_blob},
    rows::{
        LAYOUT,
        cells::Cells,
        sink::{Closed, Sink},
    },
};
use tables::{Holds, TABLES, Table};

/// Rows on their way at once; a row of an archive has a megabyte.
const ROWS: usize = 500;
/// Batches that are read ahead of what is written.
const AHEAD: usize = 2;
/// What of the table of facts by name belongs to the state; the rest is about the store itself.
const CLOSING_PERIOD: &str = "closing_period";

/// How many rows of each table were copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Copied {
    /// Name of the table.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
}

/// A value of a row, as it stands in either store.
enum Value {
    Nothing,
    Integer(i64),
    Real(f64),
    Text(String),
    Truth(bool),
    Bytes(Vec<u8>),
    /// The blob of a GeoPackage.
    Geometry(Vec<u8>),
}

/// Rows of one table, by its place in [`TABLES`].
struct Batch {
    table: usize,
    rows: Vec<Vec<Value>>,
}

/// Copies a store into an empty one and answers with what was copied, table by table. The source is read as one run left
/// it; what is written appears as a whole or not at all.
///
/// # Errors
/// [`StoreError::NotEmpty`] when there is something in the second store, [`StoreError::OldLayout`] when an older program
/// published the first, and whatever opening, reading and writing says.
pub async fn copy(from: &str, to: &str) -> Result<Vec<Copied>, StoreError> {
    let (send, batches) = mpsc::channel(AHEAD);
    let from_server = crate::postgis::is_url(from);
    let to_server = crate::postgis::is_url(to);
    // Both are opened before anything is read.
    let (read, written) = match (from_server, to_server) {
        (false, false) => {
            let (from, to) = (GeoPackage::open(from).await?, GeoPackage::create_or_open(to).await?);
            tokio::join!(from.read_tables(send), to.write_tables(batches))
        }
        (false, true) => {
            let (from, to) = (GeoPackage::open(from).await?, PostGis::open(to).await?);
            tokio::join!(from.read_tables(send), to.write_tables(batches))
        }
        (true, false) => {
            let (from, to) = (PostGis::open(from).await?, GeoPackage::create_or_open(to).await?);
            tokio::join!(from.read_tables(send), to.write_tables(batches))
        }
        (true, true) => {
            let (from, to) = (PostGis::open(from).await?, PostGis::open(to).await?);
            tokio::join!(from.read_tables(send), to.write_tables(batches))
        }
    };
    // What stopped the writer is why the reader found nobody to read for, and not the other way round.
    let counts = written?;
    read?;
    Ok(counts)
}

/// The value of a column.
fn value(row: &impl Record, (name, holds): (&str, Holds)) -> Result<Value, sqlx::Error> {
    let value = match holds {
        Holds::Integer => row.integer(name)?.map(Value::Integer),
        Holds::Real => row.real(name)?.map(Value::Real),
        Holds::Text | Holds::Day | Holds::Moment => {
            row.text(name)?.map(|text| Value::Text(text.to_owned()))
        }
        Holds::Truth => row.truth(name)?.map(Value::Truth),
        Holds::Bytes => row.bytes(name)?.map(|bytes| Value::Bytes(bytes.to_vec())),
        Holds::Geometry => {
            let decoded = row.geometry(name)?.map(|wkb| {
                let wkb = wkb?;
                if let Ok(point) = wkb.point() {
                    return Ok(point_blob(point));
                }
                Ok(shape_blob(&wkb.shape()?.unwrap_or(geo_types::MultiPolygon(Vec::new()))))
            });
            let blob = decoded.transpose().map_err(|reason: String| sqlx::Error::ColumnDecode {
                index: name.to_owned(),
                source: reason.into(),
            })?;
            blob.map(Value::Geometry)
        }
    };
    Ok(value.unwrap_or(Value::Nothing))
}

fn put(cells: &mut Cells<'_>, value: &Value) {
    match value {
        Value::Nothing => cells.put(None::<i64>),
        Value::Integer(number) => cells.put(*number),
        Value::Real(number) => cells.put(*number),
        Value::Text(text) => cells.put(text.as_str()),
        Value::Truth(truth) => cells.put(*truth),
        Value::Bytes(bytes) => cells.put(bytes.as_slice()),
        Value::Geometry(blob) => cells.put_geometry(Some(blob.clone())),
    };
}

/// Gathers rows into batches and sends them.
struct Sender {
    batches: mpsc::Sender<Batch>,
    table: usize,
    rows: Vec<Vec<Value>>,
}

impl Sender {
    fn new(batches: mpsc::Sender<Batch>) -> Self {
        Self { batches, table: 0, rows: Vec::new() }
    }

    /// Adds a row of a table unless it is about the store itself.
    async fn row(&mut self, table: usize, row: &impl Record) -> Result<(), sqlx::Error> {
        let mut values = Vec::new();
        for column in TABLES[table].columns() {
            values.push(value(row, column)?);
        }
        let own = match (TABLES[table].name, &values[0]) {
            ("diachiso_meta", Value::Text(key)) => key != CLOSING_PERIOD,
            ("digests", Value::Text(layer)) => layer == LAYOUT,
            _ => false,
        };
        if own {
            return Ok(());
        }
        if self.table != table || self.rows.len() == ROWS {
            self.flush().await;
            self.table = table;
        }
        self.rows.push(values);
        Ok(())
    }

    /// Sends what was gathered. When nobody takes it any more the writer knows why.
    async fn flush(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        if !rows.is_empty() {
            let _ = self.batches.send(Batch { table: self.table, rows }).await;
        }
    }
}

/// What was written, and where the geometries of each table lie.
#[derive(Default)]
struct Written {
    counts: Vec<Copied>,
    bounds: HashMap<&'static str, Vec<(i64, Bounds)>>,
    schematic: bool,
}

/// Writes what comes in until nothing does.
async fn write_all(batches: &mut mpsc::Receiver<Batch>, sink: &Sink) -> Result<Written, Closed> {
    let mut written = Written::default();
    while let Some(batch) = batches.recv().await {
        let table = &TABLES[batch.table];
        let mut rows = sink.table(insert(table));
        for row in &batch.rows {
            rows.row(|cells| row.iter().for_each(|value| put(cells, value))).await?;
            written.note(table, row);
        }
        rows.finish().await?;
    }
    Ok(written)
}

impl Written {
    fn note(&mut self, table: &Table, row: &[Value]) {
        match self.counts.last_mut().filter(|last| last.table == table.name) {
            Some(last) => last.rows += 1,
            None => self.counts.push(Copied { table: table.name, rows: 1 }),
        }
        let [Value::Integer(number), Value::Geometry(blob), ..] = row else { return };
        let Ok(wkb) = crate::geometry::Wkb::body(blob) else { return };
        let bounds = match wkb.point() {
            Ok(point) => Some(Bounds::point(point)),
            Err(_) => wkb.shape().ok().flatten().as_ref().and_then(Bounds::shape),
        };
        self.bounds.entry(table.name).or_default().extend(bounds.map(|b| (*number, b)));
        if table.name == "units" {
            self.schematic |= matches!(row.last(), Some(Value::Truth(true)));
        }
    }
}

/// The insert of a table up to `values`.
fn insert(table: &Table) -> String {
    let columns: Vec<String> = table.columns().map(|(name, _)| format!("\"{name}\"")).collect();
    format!("insert into {} ({}) values", table.name, columns.join(", "))
}
