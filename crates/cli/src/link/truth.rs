//! Which entity each record is in truth.

use std::path::Path;

use anyhow::bail;
use diachiso_model::SourceKind;
use diachiso_source::RowBlock;
use diachiso_text::fold;
use rustc_hash::FxHashMap;

use super::input::Input;
use diachiso_runs::Named;

use crate::user;

const BLOCK_ROWS: usize = 16_384;

/// Entities and kinds of corruption, record by record.
pub(crate) struct Labels {
    pub(crate) entities: Vec<u32>,
    pub(crate) kinds: Vec<Vec<Box<str>>>,
}

/// How the rows of a truth file name a record.
#[derive(Clone, Copy)]
enum Key {
    Id(usize),
    Place { file: usize, row: usize },
}

/// An id, or a file and a row.
type Name = (Box<str>, u32);
/// An entity and the kinds of error.
type Label = (u32, Vec<Box<str>>);

/// Reads a truth file and lays it beside the records; every record must be in it.
pub(crate) fn read(path: &Path, input: &Input, id: Option<&str>) -> anyhow::Result<Labels> {
    let named = Named::new(path, SourceKind::Submissions)?;
    let mut rows = named.rows()?;
    let mut block = RowBlock::new();
    rows.next_block(&mut block, BLOCK_ROWS).map_err(user)?;
    let heading = (!block.is_empty()).then(|| block.row(0));
    let headings: Vec<String> =
        heading.map_or_else(Vec::new, |row| row.cells().map(fold::strong_key).collect());
    let find = |name: &str| headings.iter().position(|h| *h == fold::strong_key(name));
    let Some(entity) = find("entity") else {
        return Err(user(anyhow::anyhow!("{}: no column entity", named.name)));
    };
    let key = match (id.and_then(find), find("file"), find("row")) {
        (Some(id), _, _) => Key::Id(id),
        (None, Some(file), Some(row)) => Key::Place { file, row },
        _ => {
            let wanted = id.map_or_else(String::new, |id| format!("{id}, nor "));
            let error =
                anyhow::anyhow!("{}: neither {wanted}file and row name the records", named.name);
            return Err(user(error));
        }
    };
    let kinds = find("kinds");
    let mut of: FxHashMap<Name, Label> = FxHashMap::default();
    let mut entities: FxHashMap<Box<str>, u32> = FxHashMap::default();
    let mut from = 1;
    while !block.is_empty() {
        for row in (from..block.len()).map(|at| block.row(at)) {
            let next = entities.len() as u32;
            let entity = *entities.entry(row.get(entity).trim().into()).or_insert(next);
            let kinds =
                kinds.map_or("", |at| row.get(at)).split_whitespace().map(Box::from).collect();
            let name = match key {
                Key::Id(at) => (row.get(at).trim().into(), 0),
                Key::Place { file, row: line } => {
                    (row.get(file).trim().into(), row.get(line).trim().parse().unwrap_or(0))
                }
            };
            of.insert(name, (entity, kinds));
        }
        from = 0;
        rows.next_block(&mut block, BLOCK_ROWS).map_err(user)?;
    }
    let mut labels = Labels { entities: Vec::new(), kinds: Vec::new() };
    for row in 0..input.len() {
        let (file, line) = input.place(row);
        let name = match key {
            Key::Id(_) => (input.id(row).unwrap_or_default().into(), 0),
            Key::Place { .. } => (file.into(), line),
        };
        let Some((entity, kinds)) = of.get(&name) else {
            return Err(user(anyhow::anyhow!(
                "{}: says nothing of {} (row {line} of {file})",
                named.name,
                input.name(row)
            )));
        };
        labels.entities.push(*entity);
        labels.kinds.push(kinds.clone());
    }
    if labels.entities.is_empty() {
        bail!("no records to evaluate");
    }
    Ok(labels)
}
