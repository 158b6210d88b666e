//! What a data subject may ask for, and within how many days it is due.

use jiff::{ToSpan as _, civil::Date, civil::Weekday};

/// Working days within which the person is answered.
pub const ANSWER_WORKING_DAYS: u8 = 2;

/// What a data subject asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SubjectRequestKind {
    /// To see what is kept.
    Access,
    /// To put something right.
    Correct,
    /// To take consent back.
    Withdraw,
    /// To stop or restrict what is done with it.
    Restrict,
    /// To erase it.
    Erase,
}

impl SubjectRequestKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Access, Self::Correct, Self::Withdraw, Self::Restrict, Self::Erase];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["access", "correct", "withdraw", "restrict", "erase"][self as usize]
    }

    /// The kind in Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        ["Xem", "Chỉnh sửa", "Rút lại đồng ý", "Hạn chế xử lý", "Xoá"][self as usize]
    }

    /// The kind of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == key)
    }

    /// Days within which it is done, weekends included: 10 to see or put right, 15 to stop, 20 to erase.
    #[must_use]
    pub fn days(self) -> u8 {
        [10, 10, 15, 15, 20][self as usize]
    }

    /// The last days to answer the person and to be done, of a request that came on a day. Working days are Monday to
    /// Friday; the day of receipt does not count. Public holidays are not known, so a deadline may come too early, never
    /// too late.
    #[must_use]
    pub fn deadlines(self, received_on: Date) -> (Date, Date) {
        let mut answer_by = received_on;
        let mut left = ANSWER_WORKING_DAYS;
        while left > 0 {
            answer_by = answer_by.saturating_add(1.day());
            if !matches!(answer_by.weekday(), Weekday::Saturday | Weekday::Sunday) {
                left -= 1;
            }
        }
        (answer_by, received_on.saturating_add(i64::from(self.days()).days()))
    }
}

/// A request and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectRequest {
    /// Its number.
    pub id: i64,
    /// What is asked for.
    pub kind: SubjectRequestKind,
    /// About what: an id of the store, or a number of the office's own file; never a name.
    pub about: Box<str>,
    /// The day on which it came.
    pub received_on: Date,
    /// The last day to answer.
    pub answer_by: Date,
    /// The last day to be done.
    pub complete_by: Date,
    /// Who recorded it.
    pub recorded_by: Box<str>,
    /// The day of the answer.
    pub answered_on: Option<Date>,
    /// The day on which it was done.
    pub completed_on: Option<Date>,
    /// How it ended, in words.
    pub outcome: Option<Box<str>>,
}

impl SubjectRequest {
    /// Whether a deadline has passed unmet on a day.
    #[must_use]
    pub fn late_on(&self, day: Date) -> bool {
        (self.answered_on.is_none() && self.answer_by < day)
            || (self.completed_on.is_none() && self.complete_by < day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: SubjectRequestKind, received: &str, answer: &str, complete: &str) {
        let day = |text: &str| text.parse::<Date>().expect("a day");
        assert_eq!(kind.deadlines(day(received)), (day(answer), day(complete)));
    }

    #[test]
    fn a_weekend_is_no_working_day() {
        // Monday; Thursday; Friday; Saturday; Sunday.
        check(SubjectRequestKind::Access, "2026-11-23", "2026-11-25", "2026-12-03");
        check(SubjectRequestKind::Correct, "2026-11-26", "2026-11-30", "2026-12-06");
        check(SubjectRequestKind::Withdraw, "2026-11-27", "2026-12-01", "2026-12-12");
        check(SubjectRequestKind::Restrict, "2026-11-28", "2026-12-01", "2026-12-13");
        check(SubjectRequestKind::Erase, "2026-11-29", "2026-12-01", "2026-12-19");
    }
}
