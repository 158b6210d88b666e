//! Files to values, block by block: reading goes on while the blocks before are worked on and kept.

use std::borrow::Cow;

use diachiso_model::{Field, RowRef, Skipped};
use diachiso_source::{
    Mapping, Row, RowBlock, RowSource, SourceError, map_columns_with, non_record,
};
use rayon::prelude::*;

use crate::{Input, Progress, RunError, Sealer, erased};

/// Rows in a block, and blocks in a group. Three groups are in flight: 3 × 32 × 512 rows of about 300 bytes are 15 MB; one
/// block stays in a core's cache while it is worked on, and no core waits long for the last block of a group.
const BLOCK_ROWS: usize = 512;
const BLOCKS: usize = 32;

/// Blocks that are read together.
struct Group {
    blocks: Vec<RowBlock>,
    /// One more for each, in which rows are put together anew without asking for memory again.
    spares: Vec<RowBlock>,
    filled: usize,
}

impl Group {
    fn new() -> Self {
        let blocks = || (0..BLOCKS).map(|_| RowBlock::new()).collect();
        Self { blocks: blocks(), spares: blocks(), filled: 0 }
    }

    fn fill(&mut self, rows: &mut dyn RowSource) -> Result<(), SourceError> {
        self.filled = 0;
        while self.filled < BLOCKS
            && rows.next_block(&mut self.blocks[self.filled], BLOCK_ROWS)? > 0
        {
            self.filled += 1;
        }
        Ok(())
    }

    fn blocks(&self) -> &[RowBlock] {
        &self.blocks[..self.filled]
    }
}

/// What was read of a file.
pub(crate) struct Read<F> {
    pub(crate) rows: u64,
    pub(crate) mapping: Mapping<F>,
}

impl<F: Field> Read<F> {
    /// Headings of sensitive columns whose cells were blanked (C02).
    pub(crate) fn dropped_columns(&self) -> Vec<Box<str>> {
        let dropped = self.mapping.describe().into_iter().filter(|column| column.sensitive);
        dropped.map(|column| column.heading.into()).collect()
    }
}

/// Reads a file block by block: `work` on the blocks of a group in parallel, while the rows are kept, the next group is
/// read and `take` gets what came of the group before, block by block in file order.
pub(crate) fn read_blocks<F: Field, T: Send>(
    input: Input<'_>,
    sealed: Option<(F, &Sealer)>,
    progress: &dyn Progress,
    work: impl Fn(&Mapping<F>, &RowBlock) -> T + Sync,
    mut take: impl FnMut(&Mapping<F>, &RowBlock, T) -> std::io::Result<()> + Send,
) -> Result<Read<F>, RunError> {
    let name = input.label();
    let Input { mut rows, mut sink, mapping, .. } = input;
    let [mut group, mut next, mut done] = [Group::new(), Group::new(), Group::new()];
    let mut results: Vec<T> = Vec::new();
    group.fill(rows.as_mut())?;
    let Some(first) = group.blocks().first() else {
        return Err(SourceError::Empty { name: name.into() }.into());
    };
    let mapping = map_columns_with(&name, first, &mapping)?;
    let mut read = 0;
    while group.filled > 0 {
        for block in &mut group.blocks[..group.filled] {
            block.blank(mapping.sensitive(), mapping.header_row());
        }
        if let Some((field, sealer)) = sealed {
            let filled = group.blocks[..group.filled].par_iter_mut();
            filled
                .zip(&mut group.spares)
                .for_each(|(block, spare)| seal(block, spare, &mapping, field, sealer));
        }
        let blocks = group.blocks();
        let keep = || match &mut sink {
            Some(sink) => blocks.iter().try_for_each(|block| sink.keep(block)),
            None => Ok(()),
        };
        let work = || blocks.par_iter().map(|block| work(&mapping, block)).collect::<Vec<_>>();
        let before = std::mem::take(&mut results);
        let take = || {
            let mut before = done.blocks().iter().zip(before);
            before.try_for_each(|(block, result)| take(&mapping, block, result))
        };
        let ((kept, (fresh, taken)), filled) = rayon::join(
            || rayon::join(keep, || rayon::join(work, take)),
            || next.fill(rows.as_mut()),
        );
        kept.and(taken).map_err(|source| RunError::Keep { file: name.clone(), source })?;
        let rows: usize = blocks.iter().map(RowBlock::len).sum();
        read += rows as u64;
        progress.advance(rows as u64);
        filled?;
        results = fresh;
        std::mem::swap(&mut done, &mut group);
        std::mem::swap(&mut group, &mut next);
    }
    let mut last = done.blocks().iter().zip(results);
    last.try_for_each(|(block, result)| take(&mapping, block, result))
        .map_err(|source| RunError::Keep { file: name.clone(), source })?;
    Ok(Read { rows: read, mapping })
}

/// Digits of an identity number that people are shown: a cell with no more of them gives nothing away.
const SHOWN_DIGITS: usize = 3;

/// Replaces the identity cell of every record by its seal, so that the number goes no further.
///
/// Rows that are no records keep theirs where it holds no number: they are told by all their cells, `(3)` among
/// `(1) (2) (4)` or a word of a signature, and are told again from what is kept.
fn seal<F: Field>(
    block: &mut RowBlock,
    spare: &mut RowBlock,
    mapping: &Mapping<F>,
    field: F,
    sealer: &Sealer,
) {
    let Some(column) = mapping.column(field) else { return };
    let header = mapping.header_row();
    spare.clear();
    for row in block.rows() {
        let secret = row.get(column);
        let digits = || secret.bytes().filter(u8::is_ascii_digit).count();
        let stays = row.number <= header
            || erased::marked(row).is_some()
            || (!secret.is_empty()
                && digits() <= SHOWN_DIGITS
                && non_record(mapping, row).is_some());
        let instead = if stays { Cow::Borrowed(secret) } else { sealer.seal(secret) };
        let kept = |(at, cell)| if at == column { &*instead } else { cell };
        spare.push_row(row.number, row.cells().enumerate().map(kept));
    }
    std::mem::swap(block, spare);
}

/// Rows of a block as records or skipped rows.
pub(crate) fn records<F: Field, T>(
    mapping: &Mapping<F>,
    block: &RowBlock,
    file: u32,
    mut read: impl FnMut(Row<'_>) -> T,
) -> Vec<Result<T, Skipped>> {
    block
        .rows()
        .map(|row| match non_record(mapping, row).filter(|_| erased::marked(row).is_none()) {
            Some(reason) => Err(Skipped { at: RowRef { file, row: row.number }, reason }),
            None => Ok(read(row)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use diachiso_model::SubmissionField as F;
    use diachiso_source::map_columns;

    use super::*;

    /// The identity cell of a row of `STT | Họ tên | CCCD | Xã | Ngày`, and what is kept of it.
    #[track_caller]
    fn check(cells: [&str; 5], kept: &str) {
        let mut block = RowBlock::new();
        block.push_row(1, ["STT", "Họ và tên", "Số CCCD", "Xã", "Ngày thu thập"]);
        block.push_row(2, cells);
        let mapping = map_columns::<F>("t.csv", &block).expect("maps");
        let sealer = Sealer::default();
        seal(&mut block, &mut RowBlock::new(), &mapping, F::Identity, &sealer);
        assert_eq!(block.row(0).get(2), "Số CCCD");
        assert_eq!(block.row(1).get(2), kept, "{cells:?}");
    }

    #[test]
    fn no_identity_number_is_kept_whatever_row_it_stands_in() {
        let head = ["1", "Võ Thị Lài", "046190001234", "Xã Quảng Phước", "01/07/2024"];
        check(head, "sealed:forgotten");
        check(["", "Người lập biểu", "046190001234", "", ""], "sealed:forgotten");
        check(["", "Người lập biểu", "CCCD 046190001234", "", ""], "sealed:malformed");
        check(["1", "Võ Thị Lài", "12", "Xã Quảng Phước", "01/07/2024"], "sealed:malformed");
    }

    #[test]
    fn rows_that_are_no_households_keep_the_words_by_which_they_are_told() {
        check(["(1)", "(2)", "(3)", "(4)", "(5)"], "(3)");
        check(["", "Người lập biểu", "(Ký, ghi rõ họ tên)", "", ""], "(Ký, ghi rõ họ tên)");
        check(["", "", "", "", ""], "");
    }
}
