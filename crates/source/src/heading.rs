//! Headings as people write them to the columns they mean.

use crate::repeats::is_named_count;
use crate::survey::{Survey, fallback, point_part};
use diachiso_model::Field;
use diachiso_text::fold::unaccent_key;
use diachiso_text::legacy::{readings, repair};
use std::collections::HashMap;

/// What a match by the last part of a heading counts for: any direct match is better.
const PATH_RANK: usize = 1_000;

/// What a stand-in counts for: any other match is better.
const FALLBACK_RANK: usize = 10_000;

/// What a count of persons stands for, where no column of its own does.
const COUNTED: &str = "members";

/// What a heading is compared by: no accents, case, punctuation or spaces.
pub(crate) fn heading_key(text: &str) -> String {
    let mut key = unaccent_key(text);
    key.retain(char::is_alphanumeric);
    key
}

/// How a column was taken for a field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MatchKind {
    /// The heading is the template's.
    Title,
    /// The heading is one of the field's other names.
    Synonym,
    /// The heading ends in a name of the field, behind names of groups (`group/ho_ten`), or is
    /// the part of a point that a survey tool splits off (`_toa_do_latitude`).
    GroupPath,
    /// Nothing else bears the field, and this column can stand in for it (`_submission_time`).
    Fallback,
    /// Nothing else bears the number of members: the persons of a repeat group were counted.
    Counted,
    /// A mapping file says so.
    Override,
}

/// A field that a heading means.
#[derive(Clone, Copy)]
pub(crate) struct Match<F> {
    pub(crate) field: F,
    pub(crate) how: MatchKind,
    /// How far the heading is from the title, which is 0.
    pub(crate) rank: usize,
}

/// Headings of all columns, by key.
pub(crate) struct Headings<F> {
    by_key: HashMap<String, Match<F>>,
}

impl<F: Field> Headings<F> {
    /// The titles, machine keys and synonyms of every column.
    pub(crate) fn new() -> Self {
        let mut by_key = HashMap::new();
        for rank in 0.. {
            let mut any = false;
            for &field in F::ALL {
                let (name, how) = match rank {
                    0 => (Some(field.title()), MatchKind::Title),
                    1 => (Some(field.key()), MatchKind::Synonym),
                    _ => (field.synonyms().get(rank - 2).copied(), MatchKind::Synonym),
                };
                if let Some(name) = name {
                    any = true;
                    by_key.entry(heading_key(name)).or_insert(Match { field, how, rank });
                }
            }
            if !any {
                break;
            }
        }
        Self { by_key }
    }

    /// The field that a heading means; what stands in brackets ("Vĩ độ (WGS 84)") may be left
    /// out, the font may be an old one (TCVN3, VNI), and names of groups may stand in front.
    pub(crate) fn find(&self, heading: &str, survey: &Survey<'_>) -> Option<Match<F>> {
        if survey.repeats.holds(heading) {
            return None;
        }
        if let Some(named) = is_named_count(heading) {
            let field = F::ALL.iter().copied().find(|field| field.key() == COUNTED)?;
            let rank = FALLBACK_RANK + usize::from(!named);
            return Some(Match { field, how: MatchKind::Counted, rank });
        }
        self.find_whole(heading).or_else(|| self.find_in_survey(heading, survey))
    }

    fn find_whole(&self, heading: &str) -> Option<Match<F>> {
        self.find_in_unicode(heading)
            .or_else(|| repair(heading).and_then(|repaired| self.find_in_unicode(&repaired.text)))
            .or_else(|| readings(heading).find_map(|text| self.find_in_unicode(&text)))
    }

    fn find_in_unicode(&self, heading: &str) -> Option<Match<F>> {
        let exact = |text: &str| self.by_key.get(&heading_key(text)).copied();
        exact(heading).or_else(|| {
            let bare =
                heading.split(['(', '[', '\n']).next().filter(|bare| !bare.trim().is_empty());
            bare.filter(|bare| bare.len() < heading.len()).and_then(exact)
        })
    }

    fn find_in_survey(&self, heading: &str, survey: &Survey<'_>) -> Option<Match<F>> {
        let by_key = |key: &str| F::ALL.iter().copied().find(|field| field.key() == key);
        let last = survey.last_part(heading);
        if let Some(found) = last.and_then(|part| self.by_key.get(&heading_key(part))) {
            let rank = PATH_RANK + found.rank;
            return Some(Match { field: found.field, how: MatchKind::GroupPath, rank });
        }
        if let Some(field) = point_part(heading).and_then(by_key) {
            return Some(Match { field, how: MatchKind::GroupPath, rank: PATH_RANK });
        }
        let (key, rank) = fallback(last.unwrap_or(heading))?;
        let rank = FALLBACK_RANK + rank;
        Some(Match { field: by_key(key)?, how: MatchKind::Fallback, rank })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diachiso_model::{RegisterField as R, SubmissionField as S};

    #[test]
    fn headings_are_known_without_accents_case_and_punctuation() {
        #[track_caller]
        fn check(heading: &str, expected: Option<S>) {
            assert_eq!(
                Headings::<S>::new().find(heading, &Survey::default()).map(|found| found.field),
                expected,
                "{heading}"
            );
        }
        check("Họ và tên chủ hộ", Some(S::Head));
        check("HO VA TEN CHU HO *", Some(S::Head));
        check("Họ  tên\nchủ hộ", Some(S::Head));
        check("hoten", Some(S::Head));
        check("Số ĐDCN / CCCD:", Some(S::Identity));
        check("Vĩ độ (WGS 84)", Some(S::Latitude));
        check("X (m)", Some(S::Latitude));
        check("Xã, phường", Some(S::Commune));
        check("collected_on", Some(S::CollectedOn));
        check("Hä vµ tªn chñ hé", Some(S::Head));
        check("Sè §DCN/CCCD", Some(S::Identity));
        check("So^' DDDCN/CCCD", Some(S::Identity));
        check("Soá ÑDCN/CCCD", Some(S::Identity));
        check("VÜ ®é (WGS 84)", Some(S::Latitude));
        check("Màu cửa", None);
        check("", None);
        check("(1)", None);
    }

    #[test]
    fn every_title_and_key_finds_its_own_column() {
        fn check_all<F: Field>() {
            let (known, none) = (Headings::<F>::new(), Survey::default());
            for &field in F::ALL {
                let by_title = known.find(field.title(), &none).expect("known");
                assert_eq!((by_title.field, by_title.how), (field, MatchKind::Title));
                let by_key = known.find(field.key(), &none).expect("known");
                assert_eq!(by_key.field, field);
            }
        }
        check_all::<S>();
        check_all::<R>();
    }
}
