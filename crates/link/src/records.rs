//! Records made ready for comparing: codes row by row, derived texts, keys of blocks, frequencies.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::{
    Cell, Column, Model, Table, TableError,
    key::Part,
    lexicon::{Lexicon, Needs},
    part_keys::{self, NO_KEY, TextKeys},
};

/// Records of one table under one model.
///
/// What a pair needs lies together row by row, so that comparing touches two lines of memory and not two a column.
#[derive(Clone, Debug)]
pub struct Records {
    model: Model,
    table: Table,
    pub(crate) lexicons: Vec<Lexicon>,
    /// Per block and part, for text columns.
    part_keys: Vec<Vec<Option<TextKeys>>>,
    layout: Layout,
    cells: Vec<u32>,
}

/// Where each column stands in a row of `cells`: texts take one word, numbers two, positions four.
#[derive(Clone, Debug)]
struct Layout {
    slots: Vec<u16>,
    width: usize,
}

impl Layout {
    fn of(columns: &[Column]) -> Self {
        let mut width = 0_u16;
        let mut slots = Vec::with_capacity(columns.len());
        for column in columns {
            slots.push(width);
            width += match column {
                Column::Text(_) => 1,
                Column::Number(_) => 2,
                Column::Point(_) => 4,
            };
        }
        Self { slots, width: usize::from(width) }
    }
}

impl Records {
    /// Makes a table ready; its columns are those of the model, in their order.
    ///
    /// # Errors
    /// When the table has other columns than the model.
    pub fn new(model: Model, table: Table) -> Result<Self, TableError> {
        if table.columns().len() != model.columns.len() {
            return Err(TableError::Width {
                found: table.columns().len(),
                expected: model.columns.len(),
            });
        }
        let fits = |(spec, column): (&crate::ColumnSpec, &Column)| match column {
            Column::Text(_) => spec.kind.is_text(),
            Column::Number(_) => matches!(spec.kind.nothing(), Cell::Number(_)),
            Column::Point(_) => matches!(spec.kind.nothing(), Cell::Point(_)),
        };
        if !model.columns.iter().zip(table.columns()).all(fits) {
            return Err(TableError::Kind);
        }
        let text = |column: usize| matches!(table.columns()[column], Column::Text(_));
        let part_keys = model.blocks.iter().map(|block| {
            let keys = block.parts.iter();
            keys.map(|p| (text(p.column) && p.part != Part::Whole).then(|| TextKeys::new(p.part)))
                .collect()
        });
        let mut records = Self {
            part_keys: part_keys.collect(),
            lexicons: Needs::of(&model).into_iter().map(Lexicon::new).collect(),
            layout: Layout::of(table.columns()),
            cells: Vec::new(),
            model,
            table,
        };
        records.derive();
        Ok(records)
    }

    /// Adds a record; returns its row.
    ///
    /// # Errors
    /// When its cells do not fit the columns.
    pub fn push(&mut self, name: u64, row: &[Cell<'_>]) -> Result<u32, TableError> {
        self.table.push(name, row)?;
        self.derive();
        Ok(self.table.len() as u32 - 1)
    }

    fn derive(&mut self) {
        let columns = self.table.columns();
        let grow = |(lexicon, column): (&mut Lexicon, &Column)| {
            if let Column::Text(texts) = column {
                lexicon.extend(texts);
            }
        };
        let rows = self.cells.len() / self.layout.width.max(1)..self.table.len();
        if rows.len() == 1 {
            self.lexicons.iter_mut().zip(columns).for_each(grow);
        } else {
            self.lexicons.par_iter_mut().zip(columns).for_each(grow);
        }
        for (keys, block) in self.part_keys.iter_mut().zip(&self.model.blocks) {
            for (keys, part) in keys.iter_mut().zip(&block.parts) {
                if let (Some(keys), Column::Text(texts)) = (keys, &columns[part.column]) {
                    keys.extend(texts, &self.lexicons[part.column]);
                }
            }
        }
        let width = self.layout.width;
        let from = self.cells.len();
        self.cells.resize(width * self.table.len(), 0);
        let slots = &self.layout.slots;
        let fill = |(row, cells): (usize, &mut [u32])| {
            for (column, slot) in columns.iter().zip(slots) {
                let cells = &mut cells[usize::from(*slot)..];
                match column {
                    Column::Text(texts) => cells[0] = texts.codes()[row],
                    Column::Number(numbers) => put(cells, numbers[row]),
                    Column::Point(points) => {
                        put(cells, points[row][0]);
                        put(&mut cells[2..], points[row][1]);
                    }
                }
            }
        };
        if rows.len() == 1 {
            fill((rows.start, &mut self.cells[from..]));
        } else {
            let fresh = self.cells[from..].par_chunks_mut(width);
            fresh.enumerate().for_each(|(i, cells)| fill((rows.start + i, cells)));
        }
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Puts estimated shares and frequencies in place; columns and blocks stay.
    pub(crate) fn set_model(&mut self, model: Model) {
        self.model = model;
    }

    /// The records as they were given.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn row(&self, row: u32) -> Row<'_> {
        let from = row as usize * self.layout.width;
        Row { cells: &self.cells[from..from + self.layout.width], slots: &self.layout.slots }
    }

    /// The key of a record in a block; [`NO_KEY`] where it lacks a part.
    pub(crate) fn key(&self, block: usize, row: u32) -> u64 {
        let cells = self.row(row);
        let parts = &self.model.blocks[block].parts;
        let of = |at: usize| {
            let part = parts[at];
            match (&self.part_keys[block][at], &self.table.columns()[part.column]) {
                (Some(keys), _) => keys.get(cells.code(part.column)),
                (None, Column::Text(_)) => match cells.code(part.column) {
                    0 => NO_KEY,
                    code => part_keys::hash([u64::from(code)]),
                },
                (None, column) => part_keys::of_cell(part.part, column.cell(row as usize)),
            }
        };
        if let [_] = parts[..] {
            return of(0);
        }
        let mut complete = true;
        let key = part_keys::hash((0..parts.len()).map(|at| {
            let key = of(at);
            complete &= key != NO_KEY;
            key
        }));
        if complete { key } else { NO_KEY }
    }

    /// Whether two records share a block of any key.
    #[must_use]
    pub fn share_block(&self, a: u32, b: u32) -> bool {
        let keys = |block: usize| (self.key(block, a), self.key(block, b));
        (0..self.model.blocks.len()).map(keys).any(|(x, y)| x == y && x != NO_KEY)
    }

    /// An order of records by what they state, under which records that state the same stand together; ties by name.
    pub(crate) fn by_content(&self, a: u32, b: u32) -> Ordering {
        let (ra, rb) = (self.row(a), self.row(b));
        let columns = self.table.columns().iter().enumerate();
        let order = columns.map(|(at, column)| match column {
            Column::Text(_) if ra.code(at) == rb.code(at) => Ordering::Equal,
            Column::Text(texts) => texts.value(ra.code(at)).cmp(texts.value(rb.code(at))),
            Column::Number(_) => ra.number(at).total_cmp(&rb.number(at)),
            Column::Point(_) => {
                let ([x, y], [u, v]) = (ra.point(at), rb.point(at));
                x.total_cmp(&u).then(y.total_cmp(&v))
            }
        });
        let decided = { order }.find(|o| o.is_ne());
        decided.unwrap_or_else(|| self.name(a).cmp(&self.name(b)))
    }

    /// What a record is called, whatever the order of records: its name, then its row.
    pub(crate) fn name(&self, row: u32) -> (u64, u32) {
        (self.table.names()[row as usize], row)
    }
}

fn put(cells: &mut [u32], number: f64) {
    let bits = number.to_bits();
    cells[0] = (bits >> 32) as u32;
    cells[1] = bits as u32;
}

/// The cells of one record.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    cells: &'a [u32],
    slots: &'a [u16],
}

impl Row<'_> {
    pub(crate) fn code(&self, column: usize) -> u32 {
        self.cells[usize::from(self.slots[column])]
    }

    pub(crate) fn number(&self, column: usize) -> f64 {
        self.at(usize::from(self.slots[column]))
    }

    pub(crate) fn point(&self, column: usize) -> [f64; 2] {
        let slot = usize::from(self.slots[column]);
        [self.at(slot), self.at(slot + 2)]
    }

    fn at(&self, slot: usize) -> f64 {
        f64::from_bits(u64::from(self.cells[slot]) << 32 | u64::from(self.cells[slot + 1]))
    }
}
