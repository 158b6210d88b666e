//! A store on a server, read and written table by table.

use sqlx::AssertSqlSafe;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;

use super::{Batch, Copied, Holds, Sender, TABLES, Table, write_all};
use crate::{
    PostGis, StoreError,
    answers::Answers as _,
    postgis::{self, LAYERS_READ},
    rows::{DIGESTS, LAYOUT, sink},
};

/// Whether a run or a person put anything into the store.
const USED: &str = "select exists (select 1 from runs) or exists (select 1 from files)
    or exists (select 1 from boundaries) or exists (select 1 from masks) or exists (select 1 from places)
    or exists (select 1 from held_batches)";

/// Ids that are given here go on after those that came.
const GO_ON: &str =
    "select setval(pg_get_serial_sequence('boundaries', 'fid'), coalesce(max(fid), 0) + 1, false) from boundaries;
select setval(pg_get_serial_sequence('masks', 'fid'), coalesce(max(fid), 0) + 1, false) from masks;
select setval(pg_get_serial_sequence('places', 'id'), coalesce(max(id), 0) + 1, false) from places;";

/// A column as it is asked for: moments, days and geometries as the other store writes them.
fn asked((name, holds): (&str, Holds)) -> String {
    match holds {
        Holds::Moment => format!("utc(\"{name}\") as \"{name}\""),
        Holds::Day => format!("\"{name}\"::text as \"{name}\""),
        Holds::Geometry => format!("st_asbinary(\"{name}\") as \"{name}\""),
        _ => format!("\"{name}\""),
    }
}

fn select(table: &Table) -> String {
    let columns: Vec<String> = table.columns().map(asked).collect();
    // Ordered by the table's own columns, not by what they are asked for as.
    let order: Vec<String> =
        table.order.split(", ").map(|column| format!("{}.{column}", table.name)).collect();
    format!("select {} from {} order by {}", columns.join(", "), table.name, order.join(", "))
}

impl PostGis {
    pub(super) async fn read_tables(&self, batches: mpsc::Sender<Batch>) -> Result<(), StoreError> {
        let mut t = self.pool().begin_with(LAYERS_READ).await.map_err(|e| self.failed(e))?;
        let mut sender = Sender::new(batches);
        for (at, table) in TABLES.iter().enumerate() {
            let sql = AssertSqlSafe(select(table));
            let mut rows = sqlx::query(sql).fetch(&mut *t);
            while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
                sender.row(at, &row).await.map_err(|e| self.failed(e))?;
            }
        }
        sender.flush().await;
        t.rollback().await.map_err(|e| self.failed(e))
    }

    pub(super) async fn write_tables(
        &self,
        mut batches: mpsc::Receiver<Batch>,
    ) -> Result<Vec<Copied>, StoreError> {
        let mut t = self.begin().await?;
        let used: bool =
            sqlx::query_scalar(USED).fetch_one(&mut *t).await.map_err(|e| self.failed(e))?;
        if used {
            return Err(StoreError::NotEmpty { path: self.place_name().to_owned() });
        }
        let (sink, jobs) = sink::channel(sink::Target::Postgres);
        let layout = postgis::migrate::layout();
        let (drained, written) =
            tokio::join!(postgis::drain::write(jobs, &mut t, &|_| {}), async {
                let sink = sink;
                let written = write_all(&mut batches, &sink).await?;
                let mut rows = sink.table(DIGESTS);
                rows.row(|c| c.put(LAYOUT).put(0_i64).put(layout.as_slice()).done()).await?;
                rows.finish().await?;
                Ok::<_, sink::Closed>(written)
            });
        drained.map_err(|e| self.failed(e))?;
        let written =
            written.map_err(|sink::Closed| self.corrupt("copy", "the writer stopped early"))?;
        self.script(&mut t, GO_ON).await?;
        self.script(&mut t, postgis::ANALYZE).await?;
        self.commit(t).await?;
        Ok(written.counts)
    }
}
