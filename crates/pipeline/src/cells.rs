//! The cells of one row by field, and what they say without looking anything up.

use std::{borrow::Cow, cell::RefCell};

use diachiso_model::{
    Field as _, Finding, IdSealed, RuleCode as R, SubmissionField as F, SubmissionId,
};
use diachiso_source::{Mapping, Row};
use diachiso_spatial::address_code::AddressCode;
use diachiso_text::{
    clean::trimmed,
    code,
    house::{self, HouseWords},
    name,
    name_words::NameWords,
    number, phone,
    point_cell::{self, PointCell},
};
use rustc_hash::FxHashSet;

use crate::{
    normalise::{Findings, RowEncoding},
    seal,
    submissions::{LinkKeys, key},
};

/// Members above which a household is unusual (H01).
const MANY_MEMBERS: u32 = 20;

/// Columns of words that people type, which a legacy font would have spoilt together, and those that may come from a list.
const TYPED: [F; 4] = [F::Head, F::Street, F::Alley, F::Village];
const LISTED: [F; 2] = [F::Commune, F::District];

/// The head of the household.
pub(crate) struct Head {
    pub(crate) name: String,
    /// Those of the name; none unless it is there and legible.
    pub(crate) keys: LinkKeys,
}

/// Where the house stands.
pub(crate) struct Address {
    /// In one line.
    pub(crate) line: String,
    /// Hash of its key; see [`house::HouseAddress::key`].
    pub(crate) key: u64,
    /// Whether a house number is part of it.
    pub(crate) numbered: bool,
    /// Hash of the street's key.
    pub(crate) street: u64,
}

/// Columns whose words come again and again: what needs nothing once needs nothing the next time.
const REPEATED: [F; 5] = [F::Alley, F::Street, F::Village, F::Commune, F::District];
/// Cells that are known to be clean at most, and bytes of the longest worth knowing.
const MOST_CLEAN: usize = 1 << 14;
const MAX_CLEAN_BYTES: usize = 64;

/// What is remembered from row to row, of no more than a few thousand cells, and memory that is used again.
#[derive(Default)]
pub(crate) struct Memo {
    /// Cells of [`REPEATED`] columns in which there is nothing to clean, convert or repair.
    clean: RefCell<FxHashSet<Box<str>>>,
    names: RefCell<NameWords>,
    houses: RefCell<HouseWords>,
    bytes: RefCell<Vec<u8>>,
}

/// The cells of one row by field.
pub(crate) struct Cells<'r> {
    mapping: &'r Mapping<F>,
    row: Row<'r>,
    encoding: RowEncoding,
    /// Cells of [`TYPED`] and [`LISTED`] columns that were brought back while the encoding was found.
    repaired: Vec<(usize, String)>,
    memo: &'r Memo,
}

impl<'r> Cells<'r> {
    pub(crate) fn new(mapping: &'r Mapping<F>, row: Row<'r>, memo: &'r Memo) -> Self {
        let cell = |field: F| mapping.get(row, field);
        let (encoding, repaired) = RowEncoding::proved(&TYPED.map(cell), &LISTED.map(cell));
        Self { mapping, row, encoding, repaired, memo }
    }

    /// The cell as it came.
    pub(crate) fn raw(&self, field: F) -> &'r str {
        self.mapping.get(self.row, field)
    }

    /// Its words as they ought to be.
    pub(crate) fn text(&self, field: F, findings: &mut Findings) -> Cow<'r, str> {
        let cell = self.raw(field);
        if cell.is_empty() {
            return Cow::Borrowed(cell);
        }
        let is_own =
            |(at, _): &&(usize, String)| TYPED.iter().chain(&LISTED).nth(*at) == Some(&field);
        if let Some((_, repaired)) = self.repaired.iter().find(is_own) {
            return RowEncoding::brought_back(cell, repaired, field.key(), findings);
        }
        if self.encoding != RowEncoding::default() || !REPEATED.contains(&field) {
            return self.encoding.text(cell, field.key(), findings);
        }
        if self.memo.clean.borrow().contains(cell) {
            return Cow::Borrowed(cell);
        }
        let before = findings.len();
        let text = self.encoding.text(cell, field.key(), findings);
        if *text == *cell && findings.len() == before && cell.len() <= MAX_CLEAN_BYTES {
            let mut clean = self.memo.clean.borrow_mut();
            if clean.len() >= MOST_CLEAN {
                clean.clear();
            }
            clean.insert(cell.into());
        }
        text
    }

    /// The row's number in its file.
    pub(crate) fn number(&self) -> u32 {
        self.row.number
    }

    /// The cells of the position: their own, else the parts of the one cell that holds all.
    pub(crate) fn position(&self) -> PointCell<'r> {
        let own = PointCell {
            latitude: self.raw(F::Latitude),
            longitude: self.raw(F::Longitude),
            accuracy: self.raw(F::Accuracy),
        };
        let missing = trimmed(own.latitude).is_empty() && trimmed(own.longitude).is_empty();
        match missing.then(|| point_cell::split(self.raw(F::Position))).flatten() {
            Some(whole) if whole.accuracy.is_empty() => {
                PointCell { accuracy: own.accuracy, ..whole }
            }
            Some(whole) => whole,
            None => own,
        }
    }

    /// Hash of every column that says something of the household: the running number is left out, so
    /// that a row keeps its name when files are cut differently.
    pub(crate) fn id(&self, sealed: &str) -> SubmissionId {
        // One call over all bytes: many small ones cost more than the hashing.
        let mut bytes = self.memo.bytes.borrow_mut();
        bytes.clear();
        for field in F::ALL.iter().filter(|f| **f != F::Ordinal) {
            let cell = if *field == F::Identity { sealed } else { self.raw(*field) };
            let cell = trimmed(cell);
            // Rows without this column keep the names that they had before it was known.
            if *field == F::Position && cell.is_empty() {
                continue;
            }
            bytes.extend_from_slice(cell.as_bytes());
            bytes.push(0x1f);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
        SubmissionId(id)
    }

    pub(crate) fn head(&self, f: &mut Findings) -> Head {
        let text = self.text(F::Head, f);
        let mut names = self.memo.names.borrow_mut();
        let keys = names.read(&text);
        if name::is_placeholder_key(keys.strong) {
            f.push(Finding::new(R::N01, Some(F::Head.key()), &text));
        }
        let damaged =
            |f: &Finding| matches!(f.code, R::N01 | R::F07) && f.field == Some(F::Head.key());
        // Letters beside lost ones look like the beginnings of words: capitals say nothing there.
        if f.iter().any(damaged) {
            return Head { name: text.into_owned(), keys: LinkKeys::default() };
        }
        let linked = LinkKeys::of_keys(keys.strong, keys.plain);
        if keys.is_clean {
            return Head { name: text.into_owned(), keys: linked };
        }
        let cleaned = name::clean_name(&text);
        f.push(Finding::new(R::N02, Some(F::Head.key()), &text).with(&*cleaned));
        Head { name: cleaned.into_owned(), keys: linked }
    }

    pub(crate) fn code(&self, f: &mut Findings) -> (String, Option<AddressCode>) {
        let raw = trimmed(self.raw(F::Code));
        let key = Some(F::Code.key());
        if raw.is_empty() {
            f.push(Finding::new(R::M01, key, ""));
            return (String::new(), None);
        }
        let cleaned = code::clean_code(raw);
        let parsed = AddressCode::parse(&cleaned);
        match parsed {
            None => f.push(Finding::new(R::M02, key, raw)),
            Some(_) if *cleaned != *raw => {
                f.push(Finding::new(R::M05, key, raw).with(&*cleaned));
            }
            Some(_) => {}
        }
        (cleaned.into_owned(), parsed)
    }

    pub(crate) fn address(&self, f: &mut Findings) -> Address {
        let raw = trimmed(self.raw(F::HouseNumber));
        let suggestion = house::looks_like_excel_date(raw);
        let lost = suggestion.is_some();
        if let Some(suggestion) = suggestion {
            f.push(Finding::new(R::A06, Some(F::HouseNumber.key()), raw).with(suggestion));
        }
        let number = self.text(F::HouseNumber, f);
        if number.is_empty() {
            f.push(Finding::new(R::A07, Some(F::HouseNumber.key()), ""));
        }
        let alley = self.text(F::Alley, f);
        let street = self.text(F::Street, f);
        let mut line = String::with_capacity(number.len() + alley.len() + street.len() + 2);
        for part in [&number, &alley, &street].into_iter().filter(|part| !part.is_empty()) {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(part);
        }
        // A number that was lost says nothing of which house it is.
        let mut houses = self.memo.houses.borrow_mut();
        let (parsed, joined) = houses.parse(if lost { "" } else { &number }, &alley, &street);
        Address {
            line,
            key: key(joined),
            numbered: !parsed.number.is_empty(),
            street: key(&parsed.street),
        }
    }

    pub(crate) fn person(
        &self,
        sealed: &str,
        f: &mut Findings,
    ) -> (Option<IdSealed>, Option<u64>, Option<u16>) {
        let (identity, finding) = seal::unseal(sealed);
        f.extend(finding);
        let cell = self.raw(F::Phone);
        let phone = match phone::parse(cell) {
            phone::PhoneOutcome::Empty => None,
            phone::PhoneOutcome::Unusable => {
                f.push(Finding::new(R::P01, Some(F::Phone.key()), cell));
                None
            }
            phone::PhoneOutcome::Valid { digits, fix } => {
                let code = fix.map(|fix| match fix {
                    phone::PhoneFix::OldMobilePrefix => R::P02,
                    phone::PhoneFix::CountryCode | phone::PhoneFix::LostZero => R::P03,
                });
                let note = |code| {
                    Finding::new(code, Some(F::Phone.key()), cell).with(phone::display(digits))
                };
                f.extend(code.map(note));
                Some(digits)
            }
        };
        let cell = self.raw(F::Members);
        let members = number::parse_count(cell);
        if members.is_none_or(|m| m == 0 || m > MANY_MEMBERS) && !cell.trim().is_empty() {
            f.push(Finding::new(R::H01, Some(F::Members.key()), cell));
        }
        (identity, phone, members.and_then(|m| u16::try_from(m).ok()))
    }
}
