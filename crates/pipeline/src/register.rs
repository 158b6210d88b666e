//! Register files to households.

use std::{cmp::Ordering, sync::Arc};

use diachiso_model::{
    Date, Field as _, FileReport, Finding, Household, HouseholdState, PovertyClass,
    RegisterField as F, RegisterInfo, RegisterReject, ResidenceStatus, RowRef, RuleCode,
    SourceKind, UnitId, Verdict,
};
use diachiso_source::{Mapping, Row};
use diachiso_text::{date, fold, house, name, number};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Reference, gazetteer::Resolution, normalise::RowEncoding, place::Villages, poor_list, sex::Sex,
    words::Words,
};

/// A register line before villages are known.
pub(crate) struct Line {
    pub(crate) source: Arc<str>,
    pub(crate) closed_on: Date,
    pub(crate) commune: UnitId,
    pub(crate) village: Arc<str>,
    pub(crate) household: Household,
    pub(crate) sex: Option<Sex>,
    pub(crate) at: RowRef,
}

/// Columns of words that people type, which a legacy font would have spoilt together.
const TYPED: [F; 3] = [F::Head, F::Village, F::Address];

/// Words that repeat from line to line.
#[derive(Default)]
pub(crate) struct Cache {
    words: Words,
    sources: FxHashMap<Arc<str>, Arc<str>>,
}

/// Reads one register row. `fallback` is the closing date of files that have no such column.
pub(crate) fn line(
    reference: &Reference,
    mapping: &Mapping<F>,
    row: Row<'_>,
    file: u32,
    fallback: Date,
    cache: &mut Cache,
) -> Result<Line, RegisterReject> {
    let at = RowRef { file, row: row.number };
    let bad = |field: F, cell: &str| {
        let finding = Finding::new(RuleCode::L01, Some(field.key()), cell);
        RegisterReject { at, finding }
    };
    let mut ignored = Vec::new();
    let of = |field: F| mapping.get(row, field);
    let encoding = RowEncoding::of(&TYPED.map(of), &[of(F::Commune)]);
    let mut cell = |field: F| encoding.text(mapping.get(row, field), field.key(), &mut ignored);
    let stated_id = mapping.column(F::HouseholdId).map(|_| cell(F::HouseholdId));
    if stated_id.as_ref().is_some_and(|id| id.is_empty()) {
        return Err(bad(F::HouseholdId, ""));
    }
    let closed_on = match date::parse(mapping.get(row, F::ClosedOn)) {
        date::DateOutcome::Valid { date, .. } => date,
        date::DateOutcome::Empty => fallback,
        date::DateOutcome::Impossible => {
            return Err(bad(F::ClosedOn, mapping.get(row, F::ClosedOn)));
        }
    };
    let code = mapping.get(row, F::CommuneCode);
    let (village, stated, address) = (cell(F::Village), cell(F::Commune), cell(F::Address));
    let place = if mapping.column(F::Village).is_some() && mapping.column(F::Commune).is_some() {
        None
    } else {
        // What has a column of its own stands behind the address.
        let parts = [&address, &village, &stated].into_iter().filter(|part| !part.is_empty());
        let line = parts.map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
        let place = poor_list::place(reference, &line, closed_on);
        Some(place.ok_or_else(|| bad(F::Address, &line))?)
    };
    let commune = match &place {
        Some(place) => place.commune,
        None => commune(reference, code, &stated, closed_on)
            .ok_or_else(|| bad(F::Commune, if stated.is_empty() { code } else { &stated }))?,
    };
    let said = place.as_ref().map(|place| &place.said);
    let [village, stated, address] = said.map_or([&*village, &*stated, &*address], |said| {
        [&*said.village, &*said.commune, &*said.address]
    });
    let head = cell(F::Head);
    let head: Box<str> = name::clean_name(&head).as_ref().into();
    let birth_year = mapping.get(row, F::BirthYear).trim().parse().ok();
    let members = number::parse_count(mapping.get(row, F::Members))
        .unwrap_or(0)
        .min(u32::from(u16::MAX)) as u16;
    let class = mapping.get(row, F::Poverty);
    // Only such a list is read without ids; a register may name decisions beside households that are not poor.
    let is_poor_list = stated_id.is_none();
    let poverty = if is_poor_list {
        poor_list::class(class, poverty).ok_or_else(|| bad(F::Poverty, class))?
    } else {
        poverty(class)
    };
    let id = match stated_id {
        Some(id) => id.as_ref().into(),
        None => poor_list::id(&head, birth_year, [village, stated, address], members),
    };
    let household = Household {
        id,
        register: 0,
        head,
        birth_year,
        village: 0,
        commune,
        address: address.into(),
        members,
        poverty,
        status: status(mapping.get(row, F::Status)),
        state: HouseholdState::None,
        submission: None,
        point: None,
    };
    let stated = cell(F::Source);
    let stated =
        if stated.is_empty() && is_poor_list { poor_list::SOURCE } else { stated.as_ref() };
    let stated = cache.words.intern(stated);
    let source = cache.sources.entry(stated).or_insert_with_key(|stated| source_key(stated));
    Ok(Line {
        source: Arc::clone(source),
        closed_on,
        commune,
        village: cache.words.intern(village),
        sex: Sex::read(&cell(F::Sex)),
        household,
        at,
    })
}

/// The commune of a line on the closing date: by code and name, and where they contradict each other by
/// the code of that day, which is what a register is kept by.
fn commune(reference: &Reference, code: &str, stated: &str, on: Date) -> Option<UnitId> {
    let units = &reference.units;
    let by_code = || units.by_code(&code.trim().parse().ok()?, on);
    match reference.gazetteer.resolve_coded(units, code, stated, "", on) {
        Resolution::Exact(id) | Resolution::Converted(id) => Some(id),
        Resolution::Ambiguous(_) | Resolution::Unknown => by_code(),
    }
}

/// Words of the `Nguồn` column and the source they mean.
const SOURCES: &[(&str, &str)] = &[
    ("cong an", "police"),
    ("police", "police"),
    ("dan cu", "police"),
    ("thong ke", "statistics"),
    ("statistics", "statistics"),
    ("lao dong", "welfare"),
    ("ldtbxh", "welfare"),
    ("welfare", "welfare"),
];

/// The key of a source; files that name none are one register.
fn source_key(text: &str) -> Arc<str> {
    if text.is_empty() {
        return "register".into();
    }
    let folded = fold::unaccent_key(text);
    SOURCES
        .iter()
        .find(|(word, _)| folded.contains(word))
        .map_or_else(|| folded.as_str().into(), |(_, s)| (*s).into())
}

/// Poverty class of a cell such as "Hộ nghèo", "Cận nghèo", "Không".
pub(crate) fn poverty(cell: &str) -> PovertyClass {
    if cell.is_empty() {
        return PovertyClass::None;
    }
    let folded = fold::unaccent_key(cell);
    match folded.as_str() {
        f if f.contains("can ngheo") => PovertyClass::NearPoor,
        f if f.starts_with("khong") || f.contains("thoat ngheo") => PovertyClass::None,
        f if f.contains("ngheo") => PovertyClass::Poor,
        _ => PovertyClass::None,
    }
}

/// Words of the `Tình trạng cư trú` column and what they mean; the first that fits counts.
const STATUSES: &[(&str, ResidenceStatus)] = &[
    ("chuyen", ResidenceStatus::Moved),
    ("xoa", ResidenceStatus::Gone),
    ("khong con", ResidenceStatus::Gone),
    ("chet", ResidenceStatus::Gone),
    ("vang", ResidenceStatus::Away),
    ("di lam an", ResidenceStatus::Away),
];

fn status(cell: &str) -> ResidenceStatus {
    if cell.is_empty() {
        return ResidenceStatus::Present;
    }
    let folded = fold::unaccent_key(cell);
    STATUSES
        .iter()
        .find(|(word, _)| folded.contains(word))
        .map_or(ResidenceStatus::Present, |(_, s)| *s)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poverty_and_status_are_read_from_words() {
        for (cell, class) in [
            ("Hộ nghèo", PovertyClass::Poor),
            ("nghèo", PovertyClass::Poor),
            ("Hộ cận nghèo", PovertyClass::NearPoor),
            ("Không nghèo", PovertyClass::None),
            ("", PovertyClass::None),
            ("Bình thường", PovertyClass::None),
        ] {
            assert_eq!(poverty(cell), class, "{cell}");
        }
        assert_eq!(status("Đã chuyển đi"), ResidenceStatus::Moved);
        assert_eq!(status("Vắng mặt dài hạn"), ResidenceStatus::Away);
        assert_eq!(status("Thường trú"), ResidenceStatus::Present);
        assert_eq!(&*source_key("Công an"), "police");
    }
}
