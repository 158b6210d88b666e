//! Results of visits in the record of decisions: which of them stand, which are approved, what a household comes to.
//!
//! A result is a line of the record about a day, a word and a line of a register; an approval is a line about a result. What
//! a household comes to is a function of the set of results that stand, whatever order they came in.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{Choice, Date, Decision, DecisionKind, ResultWord, RowKey};

/// A result of a visit: what was found, when, at which household. Written `absent 2026-11-24 police|HO-0007`: the target of
/// a [`DecisionKind::Result`] and of the [`DecisionKind::Approval`] about it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FieldResult {
    /// The day of the visit.
    pub day: Date,
    /// What was found.
    pub word: ResultWord,
    /// Where.
    pub key: RowKey,
}

/// A text that is no [`FieldResult`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no result; expected WORD DAY SOURCE|HOUSEHOLD")]
pub struct ParseFieldResultError(Box<str>);

impl fmt::Display for FieldResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.word.as_str(), self.day, self.key)
    }
}

impl FromStr for FieldResult {
    type Err = ParseFieldResultError;

    fn from_str(text: &str) -> Result<Self, ParseFieldResultError> {
        let mut words = text.splitn(3, ' ');
        let mut next = || words.next().unwrap_or_default();
        let (word, day, key) = (next(), next(), next());
        let word = ResultWord::from_key(word).filter(|word| *word != ResultWord::New);
        match (word, day.parse(), key.parse()) {
            (Some(word), Ok(day), Ok(key)) => Ok(Self { day, word, key }),
            _ => Err(ParseFieldResultError(text.into())),
        }
    }
}

/// A household that no register lists, found in the field: the target of a [`DecisionKind::Found`]. It counts nowhere.
/// Written as its cells with tabs between.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FoundHousehold {
    /// The day of the visit.
    pub day: Date,
    /// Code of the village, where its name told which; empty where not.
    pub village: Box<str>,
    /// The village and the commune as they were written.
    pub place: Box<str>,
    /// Name of the head.
    pub head: Box<str>,
    /// Address.
    pub address: Box<str>,
}

impl fmt::Display for FoundHousehold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { day, village, place, head, address } = self;
        let flat = |text: &str| text.replace(char::is_control, " ");
        let [village, place, head, address] = [village, place, head, address].map(|t| flat(t));
        write!(f, "{day}\t{village}\t{place}\t{head}")?;
        // Nothing stands behind the last word: the record keeps none that is blank.
        if address.trim().is_empty() { Ok(()) } else { write!(f, "\t{address}") }
    }
}

impl FromStr for FoundHousehold {
    type Err = ParseFieldResultError;

    fn from_str(text: &str) -> Result<Self, ParseFieldResultError> {
        let cells: Vec<&str> = text.split('\t').collect();
        let error = || ParseFieldResultError(text.into());
        let &[day, village, place, head, ref rest @ ..] = cells.as_slice() else {
            return Err(error());
        };
        let address = match rest {
            [] => "",
            [address] => address,
            _ => return Err(error()),
        };
        let day = day.parse().map_err(|_| error())?;
        let [village, place, head, address] = [village, place, head, address].map(Into::into);
        Ok(Self { day, village, place, head, address })
    }
}

/// Where a result stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ResultStatus {
    /// On record at once: it takes nobody out of the denominator.
    Recorded,
    /// It would take the household out of the denominator, and nobody has approved it yet.
    Pending,
    /// Somebody else than who handed it in approved.
    Approved,
    /// Somebody said that it is not so.
    Refused,
}

impl ResultStatus {
    const TABLE: [(&'static str, &'static str); 4] = [
        ("recorded", "Đã ghi nhận"),
        ("pending", "Chờ duyệt"),
        ("approved", "Đã duyệt"),
        ("refused", "Không duyệt"),
    ];

    /// All of them.
    pub const ALL: [Self; 4] = [Self::Recorded, Self::Pending, Self::Approved, Self::Refused];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::TABLE[self as usize].0
    }

    /// In Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        Self::TABLE[self as usize].1
    }

    /// The status of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == key)
    }
}

/// A result that stands: nobody took it back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StandingResult<'a> {
    /// Who handed it in, when, and from where.
    pub line: &'a Decision,
    /// Who approved or refused it, if somebody did who may.
    pub judged: Option<&'a Decision>,
    /// What became of it.
    pub status: ResultStatus,
}

/// What the results of a household come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FieldState {
    /// The result that counts, and its day.
    pub counts: Option<(ResultWord, Date)>,
    /// Whether a newer one, by which it would leave the denominator, waits for somebody to approve it.
    pub waits: bool,
}

/// Parts of a signature: a name, the name and the token of who signed, or the token alone.
const SIGNED: &str = " · ";

/// Whether two signatures may be of one person: they share a name or a token.
#[must_use]
pub fn may_be_one_person(a: &str, b: &str) -> bool {
    let parts = |text: &str| -> Vec<String> {
        text.split(SIGNED).map(|part| part.trim().to_lowercase()).collect()
    };
    let others = parts(b);
    parts(a).iter().any(|part| others.contains(part))
}

impl FieldResult {
    /// The earliest day that a visit can be of: the programme began in this year (rule T02).
    pub const FIRST_DAY: Date = Date::constant(2015, 1, 1);

    /// The results on record that stand, each with what became of it. Lines of the record that are no results are left out.
    #[must_use]
    pub fn standing<'a>(record: &'a [Decision]) -> BTreeMap<Self, StandingResult<'a>> {
        let approvals = Decision::standing(record, DecisionKind::Approval);
        let results = Decision::standing(record, DecisionKind::Result).into_iter();
        let judged = |(target, line): (&str, &'a Decision)| {
            let own: Self = target.parse().ok()?;
            let judged = approvals.get(target).copied();
            let judged = judged.filter(|by| !may_be_one_person(by.by(), line.by()));
            let status = match judged.map(Decision::choice) {
                _ if !own.word.leaves() => ResultStatus::Recorded,
                Some(Choice::Apply) => ResultStatus::Approved,
                Some(Choice::Refuse) => ResultStatus::Refused,
                Some(Choice::Withdraw) | None => ResultStatus::Pending,
            };
            Some((own, line, judged, status))
        };
        let told = results.filter_map(judged);
        let told = told.map(|(own, line, judged, status)| {
            // Nobody has to approve what takes nobody out of the denominator.
            let judged = judged.filter(|_| own.word.leaves());
            (own, StandingResult { line, judged, status })
        });
        told.collect()
    }
}

impl FieldState {
    /// What results of one household come to, given with their status, against the version of its register that was closed on
    /// a day: a list that was closed after it was said that the household moved away, and names it still, is right.
    ///
    /// The latest by day counts; of one day the one that stands last among [`ResultWord::ALL`].
    #[must_use]
    pub fn of(
        results: impl IntoIterator<Item = (Date, ResultWord, ResultStatus)>,
        closed_on: Date,
    ) -> Self {
        let (mut latest, mut counts) = (None, None);
        for (day, word, status) in results {
            let overtaken = word.leaves() && day < closed_on;
            if overtaken || status == ResultStatus::Refused {
                continue;
            }
            latest = latest.max(Some((day, word)));
            if status != ResultStatus::Pending {
                counts = counts.max(Some((day, word)));
            }
        }
        Self { counts: counts.map(|(day, word)| (word, day)), waits: latest > counts }
    }

    /// The day on which the household left, by a result that somebody approved.
    #[must_use]
    pub fn left_on(self) -> Option<Date> {
        self.counts.filter(|(word, _)| word.leaves()).map(|(_, day)| day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn day(day: i8) -> Date {
        Date::constant(2026, 11, day)
    }

    fn result(word: ResultWord, on: i8) -> FieldResult {
        FieldResult { day: day(on), word, key: RowKey::new("police", "HO 1").expect("said") }
    }

    fn line(kind: DecisionKind, target: &str, choice: Choice, by: &str) -> Decision {
        Decision::new(kind, target, choice, by, Timestamp::UNIX_EPOCH, "đã hỏi").expect("whole")
    }

    #[test]
    fn results_and_found_households_read_back() {
        let own = result(ResultWord::Moved, 3);
        assert_eq!(own.to_string(), "moved 2026-11-03 police|HO 1");
        assert_eq!(own.to_string().parse(), Ok(own));
        for text in ["", "moved", "moved 2026-11-03", "new 2026-11-03 a|b", "moved 3/11 a|b"] {
            assert!(text.parse::<FieldResult>().is_err(), "{text}");
        }
        let found = FoundHousehold {
            day: day(3),
            village: "19870-x".into(),
            place: "Thôn X, Xã Y".into(),
            head: "Lê\tA".into(),
            address: "".into(),
        };
        let flat = FoundHousehold { head: "Lê A".into(), ..found.clone() };
        assert_eq!(found.to_string().parse(), Ok(flat));
        let on_record = line(DecisionKind::Found, &found.to_string(), Choice::Apply, "Tổ 3");
        assert_eq!(on_record.target(), found.to_string(), "also without an address");
        let whole = FoundHousehold { address: "3 Lê Lợi".into(), head: "Lê A".into(), ..found };
        assert_eq!(whole.to_string().parse(), Ok(whole.clone()));
        for text in ["", "2026-11-03", "2026-11-03\tv\tp", "2026-11-03\tv\tp\th\ta\tx"] {
            assert!(text.parse::<FoundHousehold>().is_err(), "{text}");
        }
    }

    #[test]
    fn who_handed_in_cannot_approve_and_what_is_taken_back_is_gone() {
        use DecisionKind::{Approval, Result as Told};
        let target = result(ResultWord::Gone, 3).to_string();
        let status = |record: &[Decision]| {
            FieldResult::standing(record).into_values().map(|r| r.status).collect::<Vec<_>>()
        };
        let told = line(Told, &target, Choice::Apply, "Lê A · token:3");
        assert_eq!(status(std::slice::from_ref(&told)), [ResultStatus::Pending]);
        for same in ["lê a", "Lê A · token:9", "Trần B · token:3", "token:3"] {
            let record = [told.clone(), line(Approval, &target, Choice::Apply, same)];
            assert_eq!(status(&record), [ResultStatus::Pending], "{same}");
        }
        let by_other = line(Approval, &target, Choice::Apply, "Trần B · token:4");
        assert_eq!(status(&[told.clone(), by_other.clone()]), [ResultStatus::Approved]);
        assert_eq!(status(&[by_other.clone(), told.clone()]), [ResultStatus::Approved]);
        let back = line(Told, &target, Choice::Withdraw, "Lê A");
        assert_eq!(status(&[told, by_other, back]), []);
    }

    #[test]
    fn the_latest_counts_and_a_newer_list_wins_over_moved_and_gone() {
        use ResultStatus::{Approved, Pending, Recorded, Refused};
        use ResultWord::{Absent, Done, Gone, Moved};
        #[track_caller]
        fn check(
            results: &[(i8, ResultWord, ResultStatus)],
            counts: Option<(ResultWord, i8)>,
            waits: bool,
        ) {
            let closed_on = day(5);
            let expected = FieldState { counts: counts.map(|(w, d)| (w, day(d))), waits };
            let own = results.iter().map(|(on, word, status)| (day(*on), *word, *status));
            assert_eq!(FieldState::of(own.clone(), closed_on), expected);
            assert_eq!(FieldState::of(own.rev(), closed_on), expected, "in any order");
        }
        check(&[], None, false);
        check(&[(1, Absent, Recorded)], Some((Absent, 1)), false);
        check(&[(6, Done, Recorded), (6, Absent, Recorded)], Some((Absent, 6)), false);
        check(&[(7, Done, Recorded), (6, Absent, Recorded)], Some((Done, 7)), false);
        check(&[(6, Absent, Recorded), (7, Moved, Pending)], Some((Absent, 6)), true);
        check(&[(8, Absent, Recorded), (7, Moved, Pending)], Some((Absent, 8)), false);
        check(&[(6, Absent, Recorded), (7, Moved, Approved)], Some((Moved, 7)), false);
        check(&[(6, Absent, Recorded), (7, Moved, Refused)], Some((Absent, 6)), false);
        check(&[(4, Gone, Approved), (3, Absent, Recorded)], Some((Absent, 3)), false);
        check(&[(4, Gone, Pending)], None, false);
        check(&[(5, Gone, Approved)], Some((Gone, 5)), false);
    }
}
