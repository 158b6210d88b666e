//! Lines of registers and of lists: which are those of households that are erased, and what they keep.

use std::collections::{BTreeMap, BTreeSet};

use diachiso_model::{Date, Household, Published, RegisterField, UnitCode};
use diachiso_pipeline::{LINE_STAYS, ListLine, Reference, is_list_id, list_line};
use diachiso_source::{Mapping, Row, map_columns_with};
use diachiso_text::{fold::strong_key, place::village_key};

use super::{Chosen, copied};
use crate::{JobError, mappings::mapping_of};

/// Households, as lines of register files tell them.
pub(super) struct Lines<'a> {
    reference: &'a Reference,
    /// The closing date of lists that tell none.
    today: Date,
    ids: BTreeSet<&'a str>,
    /// Keys of their heads' names and villages, with their communes.
    named: BTreeSet<(String, String, UnitCode)>,
    /// Closing dates of the registers that count, by source.
    in_force: BTreeMap<&'a str, Date>,
}

/// What a line is.
enum Found {
    /// Of somebody else.
    Other,
    /// Of one of them; with the cells that stay.
    Own(Vec<String>),
    /// Of nobody who could be told, under the name of one of them.
    Unusable,
}

/// What was made of a file.
#[derive(Default)]
pub(super) struct Blanked {
    /// Its archive.
    pub(super) archive: Vec<u8>,
    /// Lines that keep what they count as, and nothing else.
    pub(super) lines: usize,
    /// Numbers of lines that nobody can tell, under the name of one who is erased.
    pub(super) left: Vec<u32>,
}

impl<'a> Lines<'a> {
    /// Those that are chosen of a state.
    pub(super) fn of(
        (state, reference): (&'a Published, &'a Reference),
        chosen: &Chosen,
        today: Date,
    ) -> Self {
        let own = || chosen.households.iter().map(|at| &state.households[*at as usize]);
        let named = own().filter(|h| !h.head.is_empty()).map(|h| {
            let (head, village) = keys(state, h);
            (head, village, reference.units.get(h.commune).code.clone())
        });
        Self {
            reference,
            today,
            ids: own().map(|h| &*h.id).collect(),
            named: named.collect(),
            in_force: state.registers.iter().map(|r| (&*r.source, r.closed_on)).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    fn find(&self, mapping: &Mapping<RegisterField>, row: Row<'_>) -> Found {
        match list_line(self.reference, mapping, row, self.today) {
            None if self.ids.contains(mapping.get(row, RegisterField::HouseholdId).trim()) => {
                let kept: BTreeSet<usize> =
                    LINE_STAYS.iter().filter_map(|field| mapping.column(*field)).collect();
                let cells = row.cells().enumerate();
                let cell = |(at, cell): (usize, &str)| {
                    if kept.contains(&at) { cell.to_owned() } else { String::new() }
                };
                Found::Own(cells.map(cell).collect())
            }
            Some(Ok(line)) if self.is_own(&line) => Found::Own(line.stays),
            Some(Err(head)) if self.named.iter().any(|(own, ..)| *own == head) => Found::Unusable,
            _ => Found::Other,
        }
    }

    /// A line of a list that counts is told by its id, which is made of what it says. In an earlier list, which counts nowhere,
    /// the household may have had other members or another house: there the name tells it.
    fn is_own(&self, line: &ListLine) -> bool {
        let counts = self.in_force.get(&*line.source) == Some(&line.closed_on);
        let code = || self.reference.units.get(line.commune).code.clone();
        self.ids.contains(&*line.id)
            || !counts && self.named.contains(&(line.head.clone(), line.village.clone(), code()))
    }

    /// An archive in which the lines of these households keep what they count as.
    pub(super) fn blanked(
        &self,
        (name, mapping): (&str, Option<&str>),
        old: &[u8],
    ) -> Result<Blanked, JobError> {
        let given = mapping_of(&format!("mapping of {name}"), mapping)?;
        let (mut mapping, mut fault) = (None, None);
        let mut blanked = Blanked::default();
        let archive = copied(name, old, |block, writer, row| {
            if mapping.is_none() && fault.is_none() {
                match map_columns_with::<RegisterField>(name, block, &given) {
                    Ok(mapped) => mapping = Some(mapped),
                    Err(error) => fault = Some(error),
                }
            }
            match mapping.as_ref().map_or(Found::Other, |mapping| self.find(mapping, row)) {
                Found::Own(cells) => {
                    blanked.lines += 1;
                    return writer.push(row.number, cells.iter().map(String::as_str));
                }
                Found::Unusable => blanked.left.push(row.number),
                Found::Other => {}
            }
            writer.push(row.number, row.cells())
        })?;
        match fault {
            None => Ok(Blanked { archive, ..blanked }),
            Some(error) => Err(error.into()),
        }
    }
}

/// Keys of the name of a household's head and of its village.
fn keys(state: &Published, h: &Household) -> (String, String) {
    (strong_key(&h.head), village_key(&state.villages[h.village as usize].name))
}

/// Lines of other registers that may be of the same households and are not chosen: matched to one submission beside others, or
/// of the same name in the same village. In one list without ids too, where a household may stand twice.
pub(super) fn left(state: &Published, chosen: &Chosen) -> BTreeSet<String> {
    let register = |h: &Household| &state.registers[h.register as usize];
    let own = || chosen.households.iter().map(|at| &state.households[*at as usize]);
    let asked: BTreeSet<u32> = own().map(|h| h.register).collect();
    let mut named: BTreeMap<(String, String), Vec<&Household>> = BTreeMap::new();
    for h in own().filter(|h| !h.head.is_empty()) {
        named.entry(keys(state, h)).or_default().push(h);
    }
    if named.is_empty() {
        return BTreeSet::new();
    }
    // Between two closing dates communes may have become others.
    let near = |h: &Household, own: &Household| {
        h.commune == own.commune || register(h).closed_on != register(own).closed_on
    };
    let others = (0..).zip(&state.households).filter(|(at, h)| {
        !chosen.households.contains(at)
            && !h.head.is_empty()
            && (!asked.contains(&h.register) || is_list_id(&h.id))
    });
    let perhaps = others.filter(|(_, h)| {
        h.submission.is_some_and(|at| chosen.submissions.contains(&at))
            || named.get(&keys(state, h)).is_some_and(|of| of.iter().any(|own| near(h, own)))
    });
    perhaps.map(|(_, h)| format!("{} {}", register(h).source, h.id)).collect()
}
