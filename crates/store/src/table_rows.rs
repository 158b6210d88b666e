//! A table of a GeoPackage that other programs made, row by row, as a file of submissions or of a register.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use diachiso_source::{MAX_CELL_BYTES, MAX_COLUMNS, RowBlock, RowSource, SourceError};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Row as _, SqliteConnection, TypeInfo, Value, ValueRef,
    sqlite::{SqliteConnectOptions, SqliteRow},
};
use tokio_stream::StreamExt as _;

use crate::geometry;

/// The first bytes of every such file.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Rows of a block, and blocks that wait to be taken: 3 × 4,096 rows.
const BLOCK_ROWS: usize = 4096;
const WAITING: usize = 2;
/// What the parts of the geometry are called: headings of the template.
const OF_GEOMETRY: [&str; 3] = ["Vĩ độ", "Kinh độ", "Hệ tọa độ"];

/// Whether a file begins like a GeoPackage.
#[must_use]
pub fn is_geopackage(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Rows of the table with the most rows; its point geometry becomes columns of latitude, longitude and system, metres
/// as they stand with the northing first, as the cadastre writes. Views and triggers are not looked at, nothing is
/// written.
pub struct TableRows {
    blocks: Receiver<Result<RowBlock, SourceError>>,
    /// The block that is being handed out, and how many of its rows were.
    block: RowBlock,
    taken: usize,
}

impl TableRows {
    /// Opens a file; what is wrong with it is told by the first block.
    #[must_use]
    pub fn open(path: &Path, name: &str) -> Self {
        let (sender, blocks) = sync_channel(WAITING);
        let file = Foreign { path: path.to_path_buf(), name: name.to_owned() };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let done = match runtime {
                Ok(runtime) => runtime.block_on(file.read(&sender)),
                Err(source) => Err(SourceError::Io { name: file.name.clone(), source }),
            };
            if let Err(error) = done {
                // Nobody listens any more when the rows were dropped: then nobody wants to know either.
                let _ = sender.send(Err(error));
            }
        });
        Self { blocks, block: RowBlock::new(), taken: 0 }
    }
}

impl RowSource for TableRows {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        into.clear();
        if self.taken == self.block.len() {
            let Ok(block) = self.blocks.recv() else { return Ok(0) };
            (self.block, self.taken) = (block?, 0);
        }
        while self.taken < self.block.len() && into.len() < max_rows {
            let row = self.block.row(self.taken);
            into.push_row(row.number, row.cells());
            self.taken += 1;
        }
        Ok(into.len())
    }
}

struct Foreign {
    path: PathBuf,
    name: String,
}

/// The table that is read.
struct Table {
    name: String,
    columns: Vec<String>,
    /// Column of the geometry, and what its coordinates are in.
    geometry: Option<(String, String)>,
}

impl Foreign {
    fn damaged(&self, error: impl std::fmt::Display) -> SourceError {
        let reason = format!("its tables cannot be read: {error}");
        SourceError::NotATable { name: self.name.clone(), reason }
    }

    async fn read(
        &self,
        sender: &SyncSender<Result<RowBlock, SourceError>>,
    ) -> Result<(), SourceError> {
        let mut connection = SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true)
            .immutable(true)
            .disable_statement_logging()
            .connect()
            .await
            .map_err(|e| self.damaged(e))?;
        let table = self.table(&mut connection).await?;
        let sql = format!("select * from {} order by rowid", quoted(&table.name));
        let mut block = RowBlock::new();
        block.push_row(1, table.headings());
        let mut number = 1;
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut connection);
        while let Some(row) = rows.try_next().await.map_err(|e| self.damaged(e))? {
            number += 1;
            let cells =
                table.cells(&row).map_err(|e| self.damaged(format!("row {number}: {e}")))?;
            block.push_row(number, cells.iter().map(String::as_str));
            if block.len() >= BLOCK_ROWS && sender.send(Ok(std::mem::take(&mut block))).is_err() {
                return Ok(());
            }
        }
        if !block.is_empty() {
            let _ = sender.send(Ok(block));
        }
        Ok(())
    }

    /// The table with the most rows; the first by name of several.
    async fn table(&self, connection: &mut SqliteConnection) -> Result<Table, SourceError> {
        let found = sqlx::query(include_str!("sql/foreign_tables.sql"))
            .fetch_all(&mut *connection)
            .await
            .map_err(|e| self.damaged(e))?;
        let mut best: Option<(i64, String)> = None;
        for row in &found {
            let name: String = row.get(0);
            let sql = format!("select count(*) from {}", quoted(&name));
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&mut *connection)
                .await
                .map_err(|e| self.damaged(e))?;
            if best.as_ref().is_none_or(|(most, _)| rows > *most) {
                best = Some((rows, name));
            }
        }
        let Some((_, name)) = best else {
            return Err(self.damaged("there is no table of features or attributes"));
        };
        let columns: Vec<String> = sqlx::query_scalar("select name from pragma_table_info(?)")
            .bind(&name)
            .fetch_all(&mut *connection)
            .await
            .map_err(|e| self.damaged(e))?;
        if columns.len() > MAX_COLUMNS {
            return Err(self.damaged(format!("more than {MAX_COLUMNS} columns")));
        }
        let geometry = sqlx::query(include_str!("sql/foreign_geometry.sql"))
            .bind(&name)
            .fetch_optional(&mut *connection)
            .await
            .map_err(|e| self.damaged(e))?;
        let geometry = geometry.map(|row| {
            let (organization, number): (String, i64) = (row.get(1), row.get(2));
            (row.get(0), system(&organization, number, row.get(3)))
        });
        Ok(Table { name, columns, geometry })
    }
}

/// What people write in the column of the system: nothing for WGS 84 and for what is undefined.
fn system(organization: &str, number: i64, title: String) -> String {
    match (organization.to_ascii_uppercase().as_str(), number) {
        ("EPSG", 4326) | ("OGC", 84) | ("NONE", _) => String::new(),
        // VN-2000 by its names: geographic in two and three dimensions.
        ("EPSG", 4756 | 4755) => "VN-2000".to_owned(),
        _ if title.to_ascii_uppercase().starts_with("VN-2000") => title,
        (organization, number) => format!("{organization}:{number} {title}"),
    }
}

impl Table {
    fn is_geometry(&self, column: &str) -> bool {
        self.geometry.as_ref().is_some_and(|(own, _)| own == column)
    }

    fn headings(&self) -> impl Iterator<Item = &str> {
        let own = self.columns.iter().map(String::as_str).filter(|c| !self.is_geometry(c));
        own.chain(OF_GEOMETRY.into_iter().filter(|_| self.geometry.is_some()))
    }

    fn cells(&self, row: &SqliteRow) -> Result<Vec<String>, String> {
        let mut cells = Vec::with_capacity(row.columns().len() + OF_GEOMETRY.len());
        let mut point = None;
        for column in row.columns() {
            if self.is_geometry(column.name()) {
                let blob: Option<Vec<u8>> =
                    row.try_get(column.ordinal()).map_err(|e| e.to_string())?;
                point = blob.as_deref().map(geometry::read_xy).transpose()?.flatten();
                continue;
            }
            let cell = text(row, column.ordinal());
            if cell.len() > MAX_CELL_BYTES {
                return Err(format!("`{}` has {} bytes", column.name(), cell.len()));
            }
            cells.push(cell);
        }
        if let Some((_, system)) = &self.geometry {
            match point {
                Some([x, y]) => cells.extend([y.to_string(), x.to_string(), system.clone()]),
                None => cells.extend([const { String::new() }; 3]),
            }
        }
        Ok(cells)
    }
}

/// A value as text; empty where there is none, and for blobs.
fn text(row: &SqliteRow, column: usize) -> String {
    let Ok(value) = row.try_get_raw(column) else { return String::new() };
    let value = value.to_owned();
    if value.is_null() {
        return String::new();
    }
    match value.type_info().name() {
        "INTEGER" | "BOOLEAN" => {
            value.try_decode_unchecked::<i64>().map(|n| n.to_string()).unwrap_or_default()
        }
        "REAL" => value.try_decode_unchecked::<f64>().map(|n| n.to_string()).unwrap_or_default(),
        "BLOB" => String::new(),
        _ => value.try_decode_unchecked::<String>().unwrap_or_default(),
    }
}

/// A name of the foreign file's own cannot be bound; it is quoted.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
