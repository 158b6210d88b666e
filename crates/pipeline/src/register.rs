//! Register files to households.

mod line;

use std::{cmp::Ordering, sync::Arc};

use diachiso_model::{Date, FileReport, Household, RegisterInfo, SourceKind, UnitId, Verdict};
use diachiso_text::house;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

pub(crate) use line::{Cache, Line, line, poverty};
pub use line::{ListLine, list_line};

use crate::{Reference, place::Villages, sex::Sex};

/// Where a household of a register stands.
pub(crate) struct AddressKey {
    /// See [`house::HouseAddress::key`].
    pub(crate) key: Box<str>,
    /// Whether a house number is part of it.
    pub(crate) numbered: bool,
    /// Key of the street.
    pub(crate) street: Box<str>,
}

impl AddressKey {
    /// Of an address in one line.
    pub(crate) fn of_line(line: &str) -> Self {
        let address = house::parse_line(line);
        let numbered = !address.number.is_empty();
        Self { key: address.key().into(), numbered, street: address.street.into() }
    }
}

/// The registers as they are published: the newest version of each source, lines folded by id.
pub(crate) struct Registers {
    pub(crate) infos: Vec<RegisterInfo>,
    pub(crate) villages: Villages,
    pub(crate) households: Vec<Household>,
    /// Key of the address of each household.
    pub(crate) address_keys: Vec<AddressKey>,
    /// Sex of the head of each household, where it is stated.
    pub(crate) sexes: Vec<Option<Sex>>,
}

/// Sources in the order in which they serve as the denominator.
const PRIORITY: [&str; 3] = ["police", "statistics", "welfare"];

/// Folds lines to registers: of each source the version with the latest closing date; of several
/// lines with one id the smallest by content, so that the order of files does not matter.
pub(crate) fn fold_lines(
    reference: &Reference,
    lines: Vec<Line>,
    reports: &mut [FileReport],
) -> Registers {
    let mut newest: FxHashMap<Arc<str>, Date> = FxHashMap::default();
    for line in &lines {
        let slot = newest.entry(Arc::clone(&line.source)).or_insert(line.closed_on);
        *slot = (*slot).max(line.closed_on);
    }
    let mut infos: Vec<RegisterInfo> = newest
        .iter()
        .map(|(source, closed_on)| RegisterInfo {
            source: Arc::clone(source),
            closed_on: *closed_on,
            households: 0,
        })
        .collect();
    let rank = |s: &str| PRIORITY.iter().position(|p| *p == s).unwrap_or(PRIORITY.len());
    infos.sort_by(|a, b| (rank(&a.source), &a.source).cmp(&(rank(&b.source), &b.source)));
    let index: FxHashMap<Arc<str>, u32> =
        infos.iter().enumerate().map(|(i, info)| (Arc::clone(&info.source), i as u32)).collect();

    for line in &lines {
        reports[line.at.file as usize].verdicts
            [usize::from(newest[&line.source] != line.closed_on) * Verdict::Duplicate as usize] +=
            1;
    }
    let mut used = lines;
    used.retain(|line| newest[&line.source] == line.closed_on);
    for line in &mut used {
        line.household.register = index[&line.source];
    }
    used.par_sort_unstable_by(order);
    used.dedup_by(|next, kept| {
        let repeat = (next.household.register, &next.household.id)
            == (kept.household.register, &kept.household.id);
        if repeat {
            let report = &mut reports[next.at.file as usize];
            report.verdicts[Verdict::Accepted as usize] -= 1;
            report.verdicts[Verdict::Duplicate as usize] += 1;
        }
        repeat
    });
    let named: FxHashSet<(UnitId, Arc<str>)> =
        used.iter().map(|l| (l.commune, Arc::clone(&l.village))).collect();
    let villages = Villages::new(&reference.units, named.iter().cloned());
    let found: FxHashMap<&(UnitId, Arc<str>), u32> =
        named.iter().map(|place| (place, villages.find(place.0, &place.1).index())).collect();
    let sexes = used.iter().map(|line| line.sex).collect();
    let (households, address_keys): (Vec<Household>, Vec<AddressKey>) = used
        .into_par_iter()
        .map(|line| {
            let village = found[&(line.commune, line.village)];
            let address_key = AddressKey::of_line(&line.household.address);
            (Household { village, ..line.household }, address_key)
        })
        .unzip();
    for household in &households {
        infos[household.register as usize].households += 1;
    }
    drop(found);
    Registers { infos, villages, households, address_keys, sexes }
}

/// The order of lines: by register and id, then by all that a line says, so that of several lines with one id
/// the same one stands whatever file came first.
fn order(a: &Line, b: &Line) -> Ordering {
    let key = |l: &Line| (l.commune, l.household.members, l.household.poverty);
    let more = |l: &Line| (l.household.status, l.household.birth_year, l.sex);
    a.household
        .register
        .cmp(&b.household.register)
        .then_with(|| a.household.id.cmp(&b.household.id))
        .then_with(|| key(a).cmp(&key(b)))
        .then_with(|| more(a).cmp(&more(b)))
        .then_with(|| a.household.head.cmp(&b.household.head))
        .then_with(|| a.household.address.cmp(&b.household.address))
        .then_with(|| a.village.cmp(&b.village))
}

/// A report for a file that has just been opened.
pub(crate) fn empty_report(name: &str, kind: SourceKind) -> FileReport {
    FileReport {
        name: name.into(),
        hash: "".into(),
        bytes: 0,
        kind,
        rows_read: 0,
        verdicts: [0; 4],
        skipped: 0,
        dropped_columns: Vec::new(),
    }
}
