//! One line of a register file: its cells to a household, or why it is none.

use std::{borrow::Cow, sync::Arc};

use diachiso_model::{
    Date, Field as _, Finding, Household, HouseholdState, PovertyClass, RegisterField as F,
    RegisterReject, ResidenceStatus, RowRef, RuleCode, UnitId,
};
use diachiso_source::{Mapping, Row};
use diachiso_text::{date, fold, name, number, place, place_line::PlaceLine};
use rustc_hash::FxHashMap;

use crate::{
    LINE_STAYS, Reference,
    erased::{line_mark, marked_line},
    gazetteer::Resolution,
    normalise::RowEncoding,
    poor_list,
    sex::Sex,
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

/// Columns that tell the place of a line, of which a list may have some.
const PLACE: [F; 3] = [F::Address, F::Village, F::Commune];

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
    let cells = Cells::of(mapping, row, file);
    let stated_id = cells.id()?;
    let closed_on = cells.closed_on(fallback)?;
    let place = cells.place(reference, closed_on)?;
    let stated = cells.source(stated_id.is_none());
    let household = cells.household(stated_id.as_deref(), &place)?;
    let stated = cache.words.intern(&stated);
    let source = cache.sources.entry(stated).or_insert_with_key(|stated| source_key(stated));
    Ok(Line {
        source: Arc::clone(source),
        closed_on,
        commune: place.commune,
        village: cache.words.intern(&place.village),
        sex: Sex::read(&cells.text(F::Sex)),
        household,
        at: cells.at,
    })
}

/// A line of a list without ids: of whom it speaks, and what stays of it once it is erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListLine {
    /// The id that is made of what it says.
    pub id: Box<str>,
    /// Its source.
    pub source: Arc<str>,
    /// The closing date of the list.
    pub closed_on: Date,
    /// Its commune on that date.
    pub commune: UnitId,
    /// Key of the village's name.
    pub village: String,
    /// Key of the head's name; empty where it is erased.
    pub head: String,
    /// The cells of the row that says what it counts as and names nobody.
    pub stays: Vec<String>,
}

/// Reads a row without an id of its own; `None` of one that has one. Of a row that is no usable line comes the key of what
/// stands where the head's name does. `today` is the closing date of lists that tell none.
#[must_use]
pub fn list_line(
    reference: &Reference,
    mapping: &Mapping<F>,
    row: Row<'_>,
    today: Date,
) -> Option<Result<ListLine, String>> {
    if !mapping.get(row, F::HouseholdId).trim().is_empty() {
        return None;
    }
    let cells = Cells::of(mapping, row, 0);
    let line = || {
        // Of a register with ids such a row is no line.
        cells.id()?;
        let closed_on = cells.closed_on(today)?;
        let place = cells.place(reference, closed_on)?;
        let household = cells.household(None, &place)?;
        Ok(ListLine {
            source: source_key(&cells.source(true)),
            closed_on,
            commune: place.commune,
            village: place::village_key(&place.village),
            head: fold::strong_key(&household.head),
            stays: cells.stays(&household.id, &place),
            id: household.id,
        })
    };
    let head = || fold::strong_key(&name::clean_name(&cells.text(F::Head)));
    Some(line().map_err(|_: RegisterReject| head()))
}

/// Where a line says that the household lives.
struct Place<'a> {
    commune: UnitId,
    address: Cow<'a, str>,
    village: Cow<'a, str>,
    stated: Cow<'a, str>,
    district: String,
    /// Whether village and commune have columns of their own.
    in_columns: bool,
}

/// The cells of a row, in the characters that they were meant in.
struct Cells<'a> {
    mapping: &'a Mapping<F>,
    row: Row<'a>,
    encoding: RowEncoding,
    at: RowRef,
}

impl<'a> Cells<'a> {
    fn of(mapping: &'a Mapping<F>, row: Row<'a>, file: u32) -> Self {
        let of = |field: F| mapping.get(row, field);
        let encoding = RowEncoding::of(&TYPED.map(of), &[of(F::Commune)]);
        Self { mapping, row, encoding, at: RowRef { file, row: row.number } }
    }

    fn has(&self, field: F) -> bool {
        self.mapping.column(field).is_some()
    }

    fn raw(&self, field: F) -> &'a str {
        self.mapping.get(self.row, field)
    }

    fn text(&self, field: F) -> Cow<'a, str> {
        // What was done to a cell is told of submissions alone.
        self.encoding.text(self.raw(field), field.key(), &mut Vec::new())
    }

    fn bad(&self, field: F, cell: &str) -> RegisterReject {
        let finding = Finding::new(RuleCode::L01, Some(field.key()), cell);
        RegisterReject { at: self.at, finding }
    }

    /// The id; `None` of a list that has no such column.
    fn id(&self) -> Result<Option<Cow<'a, str>>, RegisterReject> {
        let id = self.has(F::HouseholdId).then(|| self.text(F::HouseholdId));
        match id {
            Some(id) if id.is_empty() => Err(self.bad(F::HouseholdId, "")),
            id => Ok(id),
        }
    }

    fn closed_on(&self, fallback: Date) -> Result<Date, RegisterReject> {
        match date::parse(self.raw(F::ClosedOn)) {
            date::DateOutcome::Valid { date, .. } => Ok(date),
            date::DateOutcome::Empty => Ok(fallback),
            date::DateOutcome::Impossible => Err(self.bad(F::ClosedOn, self.raw(F::ClosedOn))),
        }
    }

    fn source(&self, is_list: bool) -> Cow<'a, str> {
        let stated = self.text(F::Source);
        if stated.is_empty() && is_list { poor_list::SOURCE.into() } else { stated }
    }

    fn place(&self, reference: &Reference, on: Date) -> Result<Place<'a>, RegisterReject> {
        let [address, village, stated] = PLACE.map(|field| self.text(field));
        if self.has(F::Village) && self.has(F::Commune) {
            let code = self.raw(F::CommuneCode);
            let found = commune(reference, code, &stated, on);
            let said = if stated.is_empty() { code } else { &*stated };
            let commune = found.ok_or_else(|| self.bad(F::Commune, said))?;
            let (district, in_columns) = (String::new(), true);
            return Ok(Place { commune, address, village, stated, district, in_columns });
        }
        // What has a column of its own stands behind the address.
        let parts = [&address, &village, &stated].into_iter().filter(|part| !part.is_empty());
        let line = parts.map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
        let found = poor_list::place(reference, &line, on);
        let poor_list::Place { commune, said } =
            found.ok_or_else(|| self.bad(F::Address, &line))?;
        let PlaceLine { address, village, commune: stated, district } = said;
        Ok(Place {
            commune,
            address: address.into(),
            village: village.into(),
            stated: stated.into(),
            district,
            in_columns: false,
        })
    }

    fn household(
        &self,
        stated_id: Option<&str>,
        place: &Place<'_>,
    ) -> Result<Household, RegisterReject> {
        let class = self.raw(F::Poverty);
        // Only such a list is read without ids; a register may name decisions beside households that are not poor.
        let poverty = match stated_id {
            Some(_) => poverty(class),
            None => poor_list::class(class, poverty).ok_or_else(|| self.bad(F::Poverty, class))?,
        };
        let typed = self.text(F::Head);
        let erased = marked_line(&typed).filter(|_| stated_id.is_none());
        let head: Box<str> = match erased {
            Some(_) => "".into(),
            None => name::clean_name(&typed).as_ref().into(),
        };
        let birth_year = self.raw(F::BirthYear).trim().parse().ok();
        let members = number::parse_count(self.raw(F::Members)).unwrap_or(0);
        let members = members.min(u32::from(u16::MAX)) as u16;
        let id = stated_id.or(erased).map_or_else(
            || {
                let said = [&*place.village, &*place.stated, &*place.address];
                poor_list::id(&head, birth_year, said, members)
            },
            Into::into,
        );
        Ok(Household {
            id,
            register: 0,
            head,
            birth_year,
            village: 0,
            commune: place.commune,
            address: place.address.as_ref().into(),
            members,
            poverty,
            status: status(self.raw(F::Status)),
            state: HouseholdState::None,
            submission: None,
            point: None,
        })
    }

    /// The row without whatever tells the household: its id as a mark in place of the name, village and commune in place of
    /// the address.
    fn stays(&self, id: &str, place: &Place<'_>) -> Vec<String> {
        let keeps = |field: &&F| !PLACE.contains(field) && **field != F::Source;
        let kept: Vec<usize> =
            LINE_STAYS.iter().filter(keeps).filter_map(|f| self.mapping.column(*f)).collect();
        let cells = self.row.cells().enumerate();
        let mut cells: Vec<String> = cells
            .map(|(at, cell)| if kept.contains(&at) { cell.to_owned() } else { String::new() })
            .collect();
        let mut put = |field: F, text: &str| {
            let Some(at) = self.mapping.column(field) else { return };
            cells.resize(cells.len().max(at + 1), String::new());
            text.clone_into(&mut cells[at]);
        };
        put(F::Head, &line_mark(id));
        put(F::Source, &self.text(F::Source));
        if place.in_columns {
            put(F::Village, &place.village);
            put(F::Commune, &place.stated);
        } else if let Some(column) = PLACE.into_iter().find(|field| self.has(*field)) {
            let parts = [&*place.village, &*place.stated, &*place.district];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            put(column, &parts.join(", "));
        }
        cells
    }
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
