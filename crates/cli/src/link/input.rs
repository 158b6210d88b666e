//! Files of records to columns, read on one thread and encoded on the others.

use std::{borrow::Cow, hash::BuildHasher as _, path::Path, sync::mpsc, thread};

use anyhow::{Context as _, bail};
use diachiso_link::{Column, ColumnSpec, Kind, Model, Table, TextBatch};
use diachiso_model::SourceKind;
use diachiso_runs::Named;
use diachiso_source::{Row, RowBlock};
use diachiso_text::fold;
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::user;

/// Rows encoded at a time.
const BLOCK_ROWS: usize = 16_384;
/// Blocks read ahead.
const AHEAD: usize = 2;

/// Records, and where each stands.
pub(crate) struct Input {
    pub(crate) table: Table,
    /// The files in the order of their records: name, and the row in the table at which its records begin.
    files: Vec<(Box<str>, usize)>,
    /// Row of each record in its file.
    lines: Vec<u32>,
    /// What the id column of each record says; without an id column empty.
    ids: Ids,
    /// Cells that say nothing that their column could take, by column.
    pub(crate) unreadable: Vec<u64>,
}

impl Input {
    /// Reads files one after the other.
    pub(crate) fn read(paths: &[&Path], model: &Model) -> anyhow::Result<Self> {
        let mut columns: Vec<Column> = model.columns.iter().map(|c| c.kind.column(0)).collect();
        let mut input = Self {
            table: Table::default(),
            files: Vec::new(),
            lines: Vec::new(),
            ids: Ids::default(),
            unreadable: vec![0; columns.len()],
        };
        for path in paths {
            input.add(path, model, &mut columns)?;
        }
        let names = (0..input.lines.len()).into_par_iter().map(|row| input.hash(row)).collect();
        input.table = Table::named(columns, names).map_err(user)?;
        Ok(input)
    }

    fn add(&mut self, path: &Path, model: &Model, columns: &mut [Column]) -> anyhow::Result<()> {
        let named = Named::unhashed(path, SourceKind::Submissions)?;
        let mut rows = named.rows()?;
        self.files.push((named.name.clone(), self.lines.len()));
        let (full, to_encode) = mpsc::sync_channel::<anyhow::Result<RowBlock>>(AHEAD);
        let (empty, to_fill) = mpsc::channel::<RowBlock>();
        thread::scope(|scope| {
            scope.spawn(move || {
                loop {
                    let mut block = to_fill.try_recv().unwrap_or_default();
                    let sent = match rows.next_block(&mut block, BLOCK_ROWS) {
                        Ok(0) => break,
                        Ok(_) => full.send(Ok(block)),
                        Err(error) => full.send(Err(user(error))),
                    };
                    // Nobody waits for more after an error on the other side.
                    if sent.is_err() {
                        break;
                    }
                }
            });
            let mut places = None;
            for block in to_encode {
                let block = block?;
                let from = usize::from(places.is_none());
                if places.is_none() {
                    self.make_room(&block, named.bytes, columns);
                }
                let places = match &mut places {
                    Some(places) => &*places,
                    none => none.insert(Places::find(&named.name, block.row(0), model)?),
                };
                self.encode(&block, from, places, model, columns);
                // The reader may have ended.
                let _ = empty.send(block);
            }
            Ok(())
        })
    }

    /// Makes room for as many rows as a file of so many bytes has, if all are as long as those of its first block: columns
    /// that double as they grow would be copied, and would touch twice the memory. A packed file has more rows.
    fn make_room(&mut self, first: &RowBlock, bytes: u64, columns: &mut [Column]) {
        let cells =
            (0..first.len()).flat_map(|at| first.row(at).cells().map(|cell| cell.len() + 1));
        let taken: usize = cells.sum();
        let rows = (bytes as usize).saturating_mul(first.len()) / taken.max(1);
        let rows = rows + rows / 32;
        for column in columns {
            column.reserve(rows);
        }
        self.lines.reserve(rows);
        self.ids.ends.reserve(rows);
    }

    fn encode(
        &mut self,
        block: &RowBlock,
        from: usize,
        places: &Places,
        model: &Model,
        columns: &mut [Column],
    ) {
        let rows = || (from..block.len()).map(|at| block.row(at));
        let encode = |column: &mut Column, place: Option<[usize; 2]>, spec: &ColumnSpec| {
            let cells = rows().map(|row| place.map_or([""; 2], |at| at.map(|at| row.get(at))));
            spec.kind.push_all(column, cells, &mut TextBatch::default())
        };
        let (lines, ids) = (&mut self.lines, &mut self.ids);
        let unreadable = &mut self.unreadable;
        rayon::join(
            || {
                let all = columns.par_iter_mut().zip(unreadable.par_iter_mut());
                all.zip(&places.columns).zip(&model.columns).with_max_len(1).for_each(
                    |(((column, unreadable), place), spec)| {
                        *unreadable += encode(column, *place, spec);
                    },
                );
            },
            || {
                for row in rows() {
                    lines.push(row.number);
                    if let Some(id) = places.id {
                        ids.push(row.get(id).trim());
                    }
                }
            },
        );
    }

    /// A number that stays with a record whatever else is read.
    fn hash(&self, row: usize) -> u64 {
        self.id(row).map_or_else(
            || FxBuildHasher.hash_one(self.place(row)),
            |id| FxBuildHasher.hash_one(id),
        )
    }

    /// How many records were read.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The row in the table at which the records of a file begin, files counted from 0.
    pub(crate) fn first_of(&self, file: usize) -> usize {
        self.files.get(file).map_or(self.lines.len(), |(_, from)| *from)
    }

    /// What the id column of a record says, if it says anything.
    pub(crate) fn id(&self, row: usize) -> Option<&str> {
        self.ids.get(row).filter(|id| !id.is_empty())
    }

    /// File of a record and its row there.
    pub(crate) fn place(&self, row: usize) -> (&str, u32) {
        let file = self.files.partition_point(|(_, from)| *from <= row) - 1;
        (&self.files[file].0, self.lines[row])
    }

    /// What a record is called in results: its id, else its row.
    pub(crate) fn name(&self, row: usize) -> Cow<'_, str> {
        let place = || {
            let (file, line) = self.place(row);
            Cow::Owned(format!("{file}:{line}"))
        };
        self.id(row).map_or_else(place, Cow::Borrowed)
    }
}

/// What records are called, one behind the other: hardly any name comes twice, so that no table of them is kept.
#[derive(Default)]
struct Ids {
    bytes: String,
    ends: Vec<usize>,
}

impl Ids {
    fn push(&mut self, id: &str) {
        self.bytes.push_str(id);
        self.ends.push(self.bytes.len());
    }

    fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)?;
        let from = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[from..end])
    }
}

/// Where the columns of a model stand in a file.
struct Places {
    columns: Vec<Option<[usize; 2]>>,
    id: Option<usize>,
}

impl Places {
    fn find(file: &str, heading: Row<'_>, model: &Model) -> anyhow::Result<Self> {
        let headings: Vec<String> = heading.cells().map(fold::strong_key).collect();
        let find = |name: &str| headings.iter().position(|h| *h == fold::strong_key(name));
        let all = || heading.cells().map(str::trim).collect::<Vec<_>>().join(", ");
        let of = |spec: &ColumnSpec| {
            let found = match (spec.kind, &spec.from[..]) {
                (Kind::Point, [lat, lon]) => find(lat).zip(find(lon)).map(|(lat, lon)| [lat, lon]),
                (_, names) => names.iter().find_map(|name| find(name)).map(|at| [at, at]),
            };
            match found {
                Some(place) => Ok(Some(place)),
                None if spec.optional => Ok(None),
                None => bail!(
                    "{file}: không có cột nào tên {} · no column is called {}, which {} of the model needs; the columns are: {}",
                    spec.from.join(" / "),
                    spec.from.join(" or "),
                    spec.name,
                    all()
                ),
            }
        };
        let columns = model.columns.iter().map(of).collect::<Result<_, _>>().map_err(user)?;
        let id = model.id.as_deref().map(|id| {
            find(id)
                .with_context(|| {
                    format!(
                        "{file}: không có cột mã {id} · no id column {id}; the columns are: {}",
                        all()
                    )
                })
                .map_err(user)
        });
        Ok(Self { columns, id: id.transpose()? })
    }
}
