//! Rows that come many at a time, a column after the other: texts in one text with separators, numbers in arrays.

use std::{fmt::Display, str::Split};

use diachiso_model::LonLat;
use sqlx::{FromRow, postgres::PgRow};

use super::PostGis;
use crate::{
    GapPage, StoreError, VillageHousehold,
    answers::{Answers as _, GapCells, HouseholdCells, ManyAnswers as _},
};

/// Stands between the texts of a column: no text that was read keeps a control character.
const SEPARATOR: char = '\u{1f}';

type Degrees = Vec<Option<f64>>;

/// The columns of `gaps.sql`: the rows of a village.
#[derive(FromRow)]
struct Gaps<'r> {
    village: &'r str,
    village_name: &'r str,
    commune: &'r str,
    commune_name: &'r str,
    source: &'r str,
    rows: i64,
    household: &'r str,
    head: &'r str,
    address: &'r str,
    members: Vec<i32>,
    poverty: &'r str,
    rank: Vec<i16>,
    state: &'r str,
    submission: &'r str,
    reasons: &'r str,
    lon: Degrees,
    lat: Degrees,
}

/// The columns of `village_households.sql`.
#[derive(FromRow)]
struct Households<'r> {
    rows: i64,
    id: &'r str,
    head: &'r str,
    address: &'r str,
    state: &'r str,
    lon: Degrees,
    lat: Degrees,
    submitted_lon: Degrees,
    submitted_lat: Degrees,
    suggested: &'r str,
}

/// The texts of a column, in order.
struct Texts<'r>(Split<'r, char>);

impl<'r> Texts<'r> {
    /// `None` when there are not as many texts as rows: one of them holds the separator.
    fn of(column: &'r str, rows: usize) -> Option<Self> {
        (column.matches(SEPARATOR).count() + 1 == rows).then(|| Self(column.split(SEPARATOR)))
    }

    /// The next one; there are as many as rows.
    fn next(&mut self) -> &'r str {
        self.0.next().unwrap_or_default()
    }
}

/// What is there of a text that stands for nothing when it is empty.
fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

impl PostGis {
    /// A page of at most `limit` rows, of which one more was read where there are more.
    pub(super) fn gaps_of(&self, villages: &[PgRow], limit: u32) -> Result<GapPage, StoreError> {
        let mut cells = Vec::new();
        for row in villages {
            let of = Gaps::from_row(row).map_err(|e| self.failed(e))?;
            let rows = self.number("gaps", of.rows)?;
            let texts = |column| self.texts(column, rows);
            let (mut household, mut head, mut address) =
                (texts(of.household)?, texts(of.head)?, texts(of.address)?);
            let (mut poverty, mut state, mut reasons) =
                (texts(of.poverty)?, texts(of.state)?, texts(of.reasons)?);
            let mut submission = texts(of.submission)?;
            for at in 0..rows {
                cells.push(GapCells {
                    household: household.next(),
                    source: of.source,
                    head: head.next(),
                    address: address.next(),
                    village: of.village,
                    village_name: of.village_name,
                    commune: of.commune,
                    commune_name: of.commune_name,
                    members: self.number("members", of.members[at])?,
                    poverty: poverty.next(),
                    rank: self.number("rank", of.rank[at])?,
                    state: state.next(),
                    submission: said(submission.next()),
                    reasons: reasons.next(),
                    suggested: self.place(of.lon[at], of.lat[at])?,
                });
            }
        }
        self.gap_page(cells.into_iter().map(Ok), limit)
    }

    /// The households of a village; of none there is no row.
    pub(super) fn households_of(
        &self,
        row: Option<&PgRow>,
    ) -> Result<Vec<VillageHousehold>, StoreError> {
        let Some(row) = row else { return Ok(Vec::new()) };
        let of = Households::from_row(row).map_err(|e| self.failed(e))?;
        let rows = self.number("households", of.rows)?;
        let texts = |column| self.texts(column, rows);
        let (mut id, mut head, mut address) = (texts(of.id)?, texts(of.head)?, texts(of.address)?);
        let (mut state, mut suggested) = (texts(of.state)?, texts(of.suggested)?);
        let mut one = |at: usize| {
            self.village_household(&HouseholdCells {
                id: id.next(),
                head: head.next(),
                address: address.next(),
                state: state.next(),
                place: self.place(of.lon[at], of.lat[at])?,
                submitted: self.place(of.submitted_lon[at], of.submitted_lat[at])?,
                suggested: said(suggested.next()),
            })
        };
        (0..rows).map(&mut one).collect()
    }

    fn texts<'r>(&self, column: &'r str, rows: usize) -> Result<Texts<'r>, StoreError> {
        let wrong = || self.corrupt("text", "it holds the control character U+001F");
        Texts::of(column, rows).ok_or_else(wrong)
    }

    fn number<N, T: TryFrom<N, Error: Display>>(
        &self,
        what: &'static str,
        number: N,
    ) -> Result<T, StoreError> {
        T::try_from(number).map_err(|e| self.corrupt(what, e))
    }

    fn place(&self, lon: Option<f64>, lat: Option<f64>) -> Result<Option<LonLat>, StoreError> {
        let place = lon.zip(lat).map(|(lon, lat)| LonLat::new(lon, lat));
        place.transpose().map_err(|e| self.corrupt("point", e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_as_many_texts_as_rows_or_is_refused() {
        let mut texts = Texts::of("a\u{1f}\u{1f}c", 3).expect("three");
        assert_eq!([texts.next(), texts.next(), texts.next()], ["a", "", "c"]);
        assert!(Texts::of("a\u{1f}b", 1).is_none(), "a text that holds the separator");
        assert_eq!(Texts::of("", 1).expect("one").next(), "");
        assert_eq!(said(""), None);
    }
}
