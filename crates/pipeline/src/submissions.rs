//! One row of a file of submissions to a submission with its findings: everything that can be
//! said of a row alone.

use std::sync::{Arc, Mutex, PoisonError};

use diachiso_model::{
    Date, Field, Finding, LonLat, RuleCode as R, Submission, SubmissionField as F, UnitId,
};
use diachiso_source::{Mapping, Row};
use diachiso_spatial::address_code::AddressCode;
use diachiso_text::{clean::trimmed, date, fold};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

use crate::{
    Reference,
    cells::{Cells, Memo},
    erased::{self, Erased},
    gazetteer::Resolution,
    judge::Judge,
    normalise::Findings,
    place::{VillageMatch, Villages},
    position, register,
    spelling::{self, Spelling},
    unit_search::{self, Hints},
    words::Words,
};

/// First day on which a submission is believable (T02).
const FIRST_DAY: Date = Date::constant(2015, 1, 1);
/// A submission with the keys that linking needs.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) submission: Submission,
    pub(crate) keys: LinkKeys,
}

/// Hashes of what linking compares; 0 where nothing is stated.
#[derive(Clone, Copy, Default)]
pub(crate) struct LinkKeys {
    /// Name with tones.
    pub(crate) name: u64,
    /// Name without marks.
    pub(crate) name_fold: u64,
    /// First letters of the name; see [`spelling::initials`].
    pub(crate) initials: u64,
    /// Given name without marks, where it is written out.
    pub(crate) given: u64,
    /// The name itself.
    pub(crate) spelling: Spelling,
    /// House number, alley and street.
    pub(crate) address: u64,
    /// The same where a house number is stated.
    pub(crate) house: u64,
    /// Street, hamlet or brigade.
    pub(crate) street: u64,
    /// Commune valid on the register's closing date.
    pub(crate) commune: Option<UnitId>,
    /// Address code.
    pub(crate) code: u64,
    /// Whether the note says that several households share the house.
    pub(crate) shared_house: bool,
    /// Commune that holds the point as it came, on the day of collection.
    pub(crate) located: Option<UnitId>,
}

impl LinkKeys {
    /// The keys of a name by its strong key; the empty key is no name.
    pub(crate) fn of_name(strong: &str) -> Self {
        Self::of_keys(strong, &fold::unaccent_key(strong))
    }

    /// The same where both keys are there already.
    pub(crate) fn of_keys(strong: &str, folded: &str) -> Self {
        Self {
            name: key(strong),
            name_fold: key(folded),
            initials: spelling::initials(folded),
            given: key(spelling::given(folded)),
            spelling: Spelling::new(strong),
            ..Self::default()
        }
    }
}

/// The day of collection, if it tells which units were valid: a day that cannot be does not.
pub(crate) fn believable(day: Option<Date>, today: Date) -> Option<Date> {
    day.filter(|day| (FIRST_DAY..=today).contains(day))
}

/// Hash of a key for comparisons inside one run; 0 is kept for "nothing stated".
pub(crate) fn key(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish().max(1)
}

/// Two hashes as one; 0 (nothing stated) stays 0.
pub(crate) fn joint(a: u64, b: u64) -> u64 {
    if b == 0 {
        0
    } else {
        (a.wrapping_add(0x9e37_79b9_7f4a_7c15).rotate_left(23) ^ b)
            .wrapping_mul(0xff51_afd7_ed55_8ccd)
            | 1
    }
}

/// What reading a row needs to know.
pub(crate) struct Context<'a> {
    pub(crate) reference: &'a Reference,
    pub(crate) villages: &'a Villages,
    /// Closing date of the register that is the denominator.
    pub(crate) closed_on: Date,
    pub(crate) today: Date,
    pub(crate) judge: Judge,
    /// Whether a legal basis is recorded for the whole file.
    pub(crate) legal_basis: bool,
    pub(crate) mapping: &'a Mapping<F>,
    pub(crate) file: u32,
    /// What stays of submissions that were erased.
    pub(crate) erased: Option<&'a Erased>,
}

/// What else a row says of where it is, for names of communes that do not decide.
struct Clues<'a> {
    village: &'a str,
    point: Option<LonLat>,
    /// First five digits of the address code.
    postal: Option<u32>,
    on: Date,
}

/// Things that repeat from row to row, so that they are worked out once for many rows.
#[derive(Default)]
pub(crate) struct Cache {
    memo: Memo,
    seen: Seen,
}

/// What was looked up.
#[derive(Default)]
struct Seen {
    communes: FxHashMap<(Arc<str>, Arc<str>, Date), Resolution>,
    villages: FxHashMap<(UnitId, Arc<str>), VillageMatch>,
    words: Words,
    /// The last cell of a legal basis, and whether it records none.
    basis: (Box<str>, bool),
}

/// Words beyond which a cache is begun anew: of a million honest rows hardly one has that many.
const MOST_WORDS: usize = 1 << 15;

/// Caches that wait for the next block of a file.
#[derive(Default)]
pub(crate) struct Caches(Mutex<Vec<Cache>>);

impl Caches {
    /// Works with a cache that nobody else has meanwhile.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Cache) -> T) -> T {
        // A cache of work that panicked is not put back, so that what waits is whole.
        let waiting = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cache = waiting().pop().unwrap_or_default();
        let done = work(&mut cache);
        if cache.seen.words.len() <= MOST_WORDS {
            waiting().push(cache);
        }
        done
    }
}

impl Seen {
    /// [`is_no_basis`] of a cell that is mostly the one before.
    fn is_no_basis(&mut self, cell: &str) -> bool {
        if *self.basis.0 != *cell || cell.is_empty() {
            self.basis = (cell.into(), is_no_basis(cell));
        }
        self.basis.1
    }
}

impl Context<'_> {
    /// Reads a row whose identity cell is sealed already. Of one that was erased stays what it counts as.
    pub(crate) fn draft(&self, row: Row<'_>, sealed: &str, cache: &mut Cache) -> Draft {
        let number = row.number;
        let stays = |id| self.erased.and_then(|erased| erased.draft(id, number, self));
        if let Some(stays) = erased::marked(row).and_then(stays) {
            return stays;
        }
        let draft = self.read(row, sealed, cache);
        stays(draft.submission.id).unwrap_or(draft)
    }

    fn read(&self, row: Row<'_>, sealed: &str, cache: &mut Cache) -> Draft {
        let mut findings = Findings::new();
        let f = &mut findings;
        let Cache { memo, seen } = cache;
        let row = &Cells::new(self.mapping, row, memo);
        let head = row.head(f);
        let collected_on = self.collected_on(row, f);
        let on = believable(collected_on, self.today).unwrap_or(self.closed_on);
        let (code_text, code) = row.code(f);
        let stated = row.position();
        let cells = position::Cells {
            latitude: stated.latitude,
            longitude: stated.longitude,
            system: row.raw(F::System),
            accuracy: stated.accuracy,
            code: code.as_ref(),
        };
        let position = position::read(&cells, f);
        let village_text = row.text(F::Village, f);
        let postal = code.as_ref().and_then(AddressCode::postal);
        let clues = Clues { village: &village_text, point: position.point, postal, on };
        let commune = self.commune(row, &clues, seen, f);
        let in_register =
            commune.and_then(|c| self.reference.at_closing(c, position.point, self.closed_on));
        let village = self.village(in_register, &village_text, seen, f);
        let located = position.point.and_then(|p| self.reference.boundaries.locate(p, on));
        if let Some(point) = position.point {
            position::compare(&self.reference.boundaries, (point, located), commune, on, f);
            if self.reference.is_masked(point) {
                f.push(Finding::new(R::G14, Some(F::Latitude.key()), &point.to_string()));
            }
        }
        let basis = row.raw(F::LegalBasis);
        if !self.legal_basis && seen.is_no_basis(basis) {
            f.push(Finding::new(R::C01, Some(F::LegalBasis.key()), basis.trim()));
        }
        let at = (position.point, located);
        check_code(self.reference, (&code_text, code.as_ref()), commune, at, on, f);
        let address = row.address(f);
        let (identity, phone, members) = row.person(sealed, f);
        let verdict = self.judge.settle(f);
        let keys = LinkKeys {
            address: address.key,
            house: if address.numbered { address.key } else { 0 },
            street: address.street,
            commune: in_register,
            code: key(&code_text),
            shared_house: says_shared(row.raw(F::Note)),
            located,
            ..head.keys
        };
        let submission = Submission {
            id: row.id(sealed),
            file: self.file,
            row: row.number(),
            form: row.text(F::Form, &mut Findings::new()).as_ref().into(),
            code: code_text.into(),
            head: head.name.into(),
            identity,
            phone,
            address: address.line.into(),
            village,
            village_text: seen.words.intern(&village_text),
            commune,
            members,
            poverty: register::poverty(row.raw(F::Poverty)),
            point: position.point,
            precision: position.precision,
            accuracy_m: position.accuracy_m,
            collected_on,
            collector: seen.words.intern(trimmed(row.raw(F::Collector))),
            team: seen.words.intern(trimmed(row.raw(F::Team))),
            verdict,
            master: None,
            link: None,
            findings,
        };
        Draft { submission, keys }
    }

    fn collected_on(&self, row: &Cells<'_>, f: &mut Findings) -> Option<Date> {
        let cell = row.raw(F::CollectedOn);
        let note = |code| Finding::new(code, Some(F::CollectedOn.key()), cell);
        match date::parse(cell) {
            date::DateOutcome::Valid { date, serial } => {
                if serial {
                    f.push(note(R::T03).with(date.to_string()));
                }
                if date > self.today || date < FIRST_DAY {
                    f.push(note(R::T02));
                }
                Some(date)
            }
            date::DateOutcome::Empty | date::DateOutcome::Impossible => {
                f.push(note(R::T01));
                None
            }
        }
    }

    fn commune(
        &self,
        row: &Cells<'_>,
        clues: &Clues<'_>,
        seen: &mut Seen,
        f: &mut Findings,
    ) -> Option<UnitId> {
        let Clues { point, postal, on, .. } = *clues;
        let units = &self.reference.units;
        let stated = row.text(F::Commune, f);
        let district = row.text(F::District, f);
        let slot = (seen.words.intern(&stated), seen.words.intern(&district), units.period_of(on));
        let gazetteer = &self.reference.gazetteer;
        let resolved = seen
            .communes
            .entry(slot)
            .or_insert_with(|| gazetteer.resolve(units, &stated, &district, on));
        let hints = Hints { point, postal, on };
        let by_village = |several: &[UnitId]| self.by_village(several, clues);
        let (decided, by) = unit_search::decide(self.reference, resolved, &hints, by_village);
        let ambiguous = match resolved {
            Resolution::Ambiguous(several) => several.as_slice(),
            _ => &[],
        };
        if let Some(code) = by.rule(!ambiguous.is_empty()) {
            let note = Finding::new(code, Some(F::Commune.key()), &stated);
            let named = |id: &UnitId| units.get(*id).full_name();
            f.push(match decided {
                Some(id) => note.with(named(&id)),
                None if ambiguous.is_empty() => note,
                None => note.with(ambiguous.iter().map(named).collect::<Vec<_>>().join("; ")),
            });
        }
        decided
    }

    /// The one of `several` communes that has the village stated, on the register's closing date.
    fn by_village(&self, several: &[UnitId], clues: &Clues<'_>) -> Option<UnitId> {
        let has = |id: &&UnitId| {
            let commune = self.reference.at_closing(**id, clues.point, self.closed_on);
            commune.is_some_and(|c| self.villages.find(c, clues.village) != VillageMatch::Missing)
        };
        let mut having = several.iter().filter(has);
        having.next().copied().filter(|_| having.next().is_none())
    }

    fn village(
        &self,
        commune: Option<UnitId>,
        stated: &str,
        seen: &mut Seen,
        f: &mut Findings,
    ) -> Option<u32> {
        let commune = commune.filter(|c| self.villages.knows(*c))?;
        let note = |code| Finding::new(code, Some(F::Village.key()), stated);
        let slot = (commune, seen.words.intern(stated));
        match *seen.villages.entry(slot).or_insert_with(|| self.villages.find(commune, stated)) {
            VillageMatch::Exact(at) => Some(at),
            VillageMatch::Respelt(at) => {
                f.push(note(R::A05).with(&*self.villages.list[at as usize].name));
                Some(at)
            }
            VillageMatch::Missing => {
                f.push(note(R::A04));
                None
            }
        }
    }
}

/// Compares a code with the communes stated and located, and with the point: rules M03 and M04.
pub(crate) fn check_code(
    reference: &Reference,
    (text, code): (&str, Option<&AddressCode>),
    commune: Option<UnitId>,
    (point, located): (Option<LonLat>, Option<UnitId>),
    on: Date,
    f: &mut Findings,
) {
    let Some(code) = code else { return };
    let units = &reference.units;
    if let Some(postal) = code.postal() {
        let here = |id: &UnitId| Some(*id) == commune || Some(*id) == located;
        let issuers = units.by_postal(postal);
        // The commune of the day itself, as a rule; else one that it came from or became.
        let fits = issuers.iter().any(|id| here(id) && units.get(*id).holds_on(on))
            || issuers.iter().flat_map(|id| units.at(*id, on)).any(|id| here(&id));
        if !fits && (commune.is_some() || located.is_some()) {
            f.push(Finding::new(R::M03, Some(F::Code.key()), text));
        }
    }
    if let Some((cell, point)) = point.and_then(|p| Some((code.cell(p)?, p))) {
        let off = |a: f64, b: f64, half: f64| (a - b).abs() > half * 3.0;
        if off(cell.center.lon(), point.lon(), cell.half_lon_deg)
            || off(cell.center.lat(), point.lat(), cell.half_lat_deg)
        {
            f.push(Finding::new(R::M04, Some(F::Code.key()), text).with(cell.center.to_string()));
        }
    }
}

/// Words that say that there is no legal basis yet, or that consent was refused, as forms and survey tools write them;
/// keys without marks.
const NO_BASIS: &[&str] = &[
    // Signs alone: a dash, a cross of no letters.
    "",
    "0",
    "chua",
    "chua co",
    "chua dong y",
    "chua ghi",
    "chua ro",
    "chua xin",
    "false",
    "ko",
    "ko dong y",
    "khong",
    "khong co",
    "khong dong y",
    "khong ro",
    "n",
    "no",
    "tu choi",
];

/// Bytes of the longest denial in any spelling; a cell with more is read no further.
const MAX_NO_BASIS_BYTES: usize = 48;

/// Whether a cell records no legal basis: nothing, or a word that denies one.
fn is_no_basis(cell: &str) -> bool {
    let cell = cell.trim();
    cell.is_empty()
        || cell.len() <= MAX_NO_BASIS_BYTES && NO_BASIS.contains(&fold::unaccent_key(cell).as_str())
}

/// Whether a note says that households share a house ("ở chung nhà", "chung hộ khẩu").
fn says_shared(note: &str) -> bool {
    !note.is_empty() && fold::unaccent_key(note).contains("chung")
}
