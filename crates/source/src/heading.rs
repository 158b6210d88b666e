//! Headings as people write them to the columns they mean.

use diachiso_model::Field;
use diachiso_text::fold::unaccent_key;
use diachiso_text::legacy::repair;
use std::collections::HashMap;

/// What a heading is compared by: no accents, case, punctuation or spaces.
pub(crate) fn heading_key(text: &str) -> String {
    let mut key = unaccent_key(text);
    key.retain(char::is_alphanumeric);
    key
}

/// Headings of all columns, by key.
pub(crate) struct Headings<F> {
    by_key: HashMap<String, (F, usize)>,
}

impl<F: Field> Headings<F> {
    /// The titles, machine keys and synonyms of every column.
    pub(crate) fn new() -> Self {
        let mut by_key = HashMap::new();
        for rank in 0.. {
            let mut any = false;
            for &field in F::ALL {
                let name = match rank {
                    0 => Some(field.title()),
                    1 => Some(field.key()),
                    _ => field.synonyms().get(rank - 2).copied(),
                };
                if let Some(name) = name {
                    any = true;
                    by_key.entry(heading_key(name)).or_insert((field, rank));
                }
            }
            if !any {
                break;
            }
        }
        Self { by_key }
    }

    /// The column that a heading means and how far down its list of names the match stood
    /// (0 = the title); what stands in brackets ("Vĩ độ (WGS 84)") may be left out, and the font may be an old one (TCVN3, VNI).
    pub(crate) fn find(&self, heading: &str) -> Option<(F, usize)> {
        let exact = |text: &str| self.by_key.get(&heading_key(text)).copied();
        exact(heading)
            .or_else(|| {
                let bare =
                    heading.split(['(', '[', '\n']).next().filter(|bare| !bare.trim().is_empty());
                bare.filter(|bare| bare.len() < heading.len()).and_then(exact)
            })
            .or_else(|| repair(heading).and_then(|repaired| exact(&repaired.text)))
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
                Headings::<S>::new().find(heading).map(|(field, _)| field),
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
        check("Màu cửa", None);
        check("", None);
        check("(1)", None);
    }

    #[test]
    fn every_title_and_key_finds_its_own_column() {
        for &field in S::ALL {
            assert_eq!(Headings::<S>::new().find(field.title()), Some((field, 0)));
            assert_eq!(Headings::<S>::new().find(field.key()).map(|f| f.0), Some(field));
        }
        for &field in R::ALL {
            assert_eq!(Headings::<R>::new().find(field.title()), Some((field, 0)));
        }
    }
}
