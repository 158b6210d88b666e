//! A store in a file, read and written table by table.

use sqlx::{AssertSqlSafe, SqliteConnection};
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;

use super::{Batch, Copied, Sender, TABLES, Table, Written, write_all};
use crate::{
    GeoPackage, StoreError,
    answers::Answers as _,
    geometry::Bounds,
    geopackage::{self, drain},
    rows::{DIGESTS, LAYOUT, layers, sink},
};

/// Whether a run or a person put anything into the store.
const USED: &str = "select exists (select 1 from runs) or exists (select 1 from files)
    or exists (select 1 from boundaries) or exists (select 1 from masks) or exists (select 1 from places)
    or exists (select 1 from held_batches)";

fn select(table: &Table) -> String {
    let columns: Vec<String> = table.columns().map(|(name, _)| format!("\"{name}\"")).collect();
    format!("select {} from {} order by {}", columns.join(", "), table.name, table.order)
}

impl GeoPackage {
    pub(super) async fn read_tables(&self, batches: mpsc::Sender<Batch>) -> Result<(), StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(()) };
        let c = &mut *c;
        self.script(c, "begin").await?;
        let published = self.is_published(c).await?;
        if published && !self.is_laid_out_as_known(c).await? {
            return Err(StoreError::OldLayout { path: self.place_name().to_owned() });
        }
        let mut sender = Sender::new(batches);
        let there = |table: &&Table| published || !table.published;
        for (at, table) in TABLES.iter().enumerate().filter(|(_, t)| there(t)) {
            let sql = AssertSqlSafe(select(table));
            let mut rows = sqlx::query(sql).fetch(&mut *c);
            while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
                sender.row(at, &row).await.map_err(|e| self.failed(e))?;
            }
        }
        sender.flush().await;
        self.script(c, "rollback").await
    }

    pub(super) async fn write_tables(
        &self,
        batches: mpsc::Receiver<Batch>,
    ) -> Result<Vec<Copied>, StoreError> {
        let mut c = self.writer().await?;
        let result = self.write_into(&mut c, batches).await;
        self.finish(c, result).await
    }

    async fn write_into(
        &self,
        c: &mut SqliteConnection,
        mut batches: mpsc::Receiver<Batch>,
    ) -> Result<Vec<Copied>, StoreError> {
        self.begin(c).await?;
        let used: bool =
            sqlx::query_scalar(USED).fetch_one(&mut *c).await.map_err(|e| self.failed(e))?;
        if used {
            return Err(StoreError::NotEmpty { path: self.place_name().to_owned() });
        }
        self.script(c, geopackage::LAYERS).await?;
        let (sink, jobs) = sink::channel(sink::Target::Sqlite);
        let (drained, written) = tokio::join!(drain::write(jobs, c, &|_| {}), async {
            let sink = sink;
            let mut written = write_all(&mut batches, &sink).await?;
            let mut rows = sink.table(DIGESTS);
            let layout = geopackage::layout_digest();
            rows.row(|c| c.put(LAYOUT).put(0_i64).put(layout.as_slice()).done()).await?;
            rows.finish().await?;
            let extents = fill_trees(&mut written, &sink).await?;
            Ok::<_, sink::Closed>((written, extents))
        });
        drained.map_err(|e| self.failed(e))?;
        let (written, extents) =
            written.map_err(|sink::Closed| self.corrupt("copy", "the writer stopped early"))?;
        // A store without a run has none of the tables that runs fill.
        if written.counts.iter().any(|copied| copied.table == "runs") {
            self.name_layers(c, written.schematic, &extents).await?;
        } else {
            self.script(c, include_str!("../sql/forget_layers.sql")).await?;
            for (layer, extent) in extents {
                self.set_extent(c, layer, extent).await?;
            }
        }
        self.script(c, "commit").await?;
        Ok(written.counts)
    }
}

/// Packs the trees of layers, and answers with where every layer lies.
async fn fill_trees(
    written: &mut Written,
    sink: &sink::Sink,
) -> Result<Vec<(&'static str, Option<Bounds>)>, sink::Closed> {
    let mut extents = Vec::new();
    for (layer, items) in written.bounds.drain() {
        let extent = items.iter().map(|(_, b)| *b).reduce(Bounds::join);
        if let Some(tree) = layers::tree(layer) {
            layers::fill_tree(tree, items, sink).await?;
        }
        extents.push((layer, extent));
    }
    Ok(extents)
}
