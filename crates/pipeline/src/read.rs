//! Files to values, block by block: reading goes on while the blocks before are worked on and kept.

use diachiso_model::{Field, RowRef, Skipped};
use diachiso_source::{Mapping, Row, RowBlock, SourceError, map_columns, non_record};
use rayon::prelude::*;

use crate::{Input, Progress, RunError, Sealer};

/// Rows in a block, and blocks in flight: 16 × 4,096 rows of about 300 bytes are 20 MB.
const BLOCK_ROWS: usize = 4096;
const BLOCKS: usize = 16;

/// Reads a file block by block: `work` on the blocks of a group in parallel, in file order.
pub(crate) fn read_blocks<F: Field, T: Send>(
    mut input: Input<'_>,
    file: u32,
    sealed: Option<(F, &Sealer)>,
    skipped: &mut Vec<Skipped>,
    progress: &dyn Progress,
    work: impl Fn(&Mapping<F>, &RowBlock) -> Vec<Result<T, Skipped>> + Sync,
    out: &mut Vec<T>,
) -> Result<u64, RunError> {
    let mut group: Vec<RowBlock> = (0..BLOCKS).map(|_| RowBlock::new()).collect();
    let mut mapping: Option<Mapping<F>> = None;
    let mut read = 0;
    loop {
        let mut filled = 0;
        for block in &mut group {
            if input.rows.next_block(block, BLOCK_ROWS)? == 0 {
                break;
            }
            filled += 1;
        }
        if mapping.is_none() {
            if filled == 0 {
                return Err(SourceError::Empty { name: input.name.into() }.into());
            }
            mapping = Some(map_columns(&input.name, &group[0])?);
        }
        let Some(mapping) = mapping.as_ref().filter(|_| filled > 0) else { break };
        if let Some((field, sealer)) = sealed {
            group[..filled].par_iter_mut().for_each(|block| seal(block, mapping, field, sealer));
        }
        let (group, sink) = (&group[..filled], input.sink.as_deref_mut());
        let keep =
            move || sink.map_or(Ok(()), |sink| group.iter().try_for_each(|block| sink.keep(block)));
        let (results, kept) = rayon::join(
            || group.par_iter().map(|block| work(mapping, block)).collect::<Vec<_>>(),
            keep,
        );
        kept.map_err(|source| RunError::Keep { file: input.name.clone(), source })?;
        for result in results.into_iter().flatten() {
            match result {
                Ok(value) => out.push(value),
                Err(Skipped { at, reason }) => {
                    skipped.push(Skipped { at: RowRef { file, ..at }, reason });
                }
            }
        }
        let rows: usize = group.iter().map(RowBlock::len).sum();
        read += rows as u64;
        progress.advance(rows as u64);
    }
    Ok(read)
}

/// Replaces the identity cell of every record by its seal, so that the number goes no further.
fn seal<F: Field>(block: &mut RowBlock, mapping: &Mapping<F>, field: F, sealer: &Sealer) {
    let Some(column) = mapping.column(field) else { return };
    let header = mapping.header_row();
    let mut without = RowBlock::new();
    for row in block.rows() {
        let cells: Vec<_> = row
            .cells()
            .enumerate()
            .map(|(at, cell)| {
                let secret = at == column && row.number > header;
                if secret { sealer.seal(cell) } else { std::borrow::Cow::Borrowed(cell) }
            })
            .collect();
        without.push_row(row.number, cells.iter().map(AsRef::as_ref));
    }
    *block = without;
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
        .map(|row| match non_record(mapping, row) {
            Some(reason) => Err(Skipped { at: RowRef { file, row: row.number }, reason }),
            None => Ok(read(row)),
        })
        .collect()
}
