//! What a person decided, for ever on record.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;

/// What a decision is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DecisionKind {
    /// A [`crate::Proposal`]; the target is its id.
    Proposal,
    /// A file that would have been held; the target is the hash of its bytes.
    Batch,
    /// Two submissions: `apply`, they are one household; `refuse`, they are two. The target is both ids, the lesser
    /// first, with a space between.
    Pair,
    /// A submission and a line of a register: `apply`, it is this household; `refuse`, it is not. The target is the id of
    /// the submission, the source of the register and the id of the household, with spaces between.
    Match,
    /// A file that was taken in: `refuse`, it is withdrawn and its rows count no more. The target is the hash of its bytes.
    File,
    /// A submission by itself: `apply`, it is accepted although rules would hold it; `refuse`, it is rejected. The target is
    /// its id.
    Verdict,
    /// The village or commune of a submission. The target is its id and the code of the unit, with a space between.
    Unit,
    /// Where a submission lies. The target is its id, the latitude and the longitude in degrees, with spaces between.
    Point,
    /// A submission whose personal cells were erased; the target is its id and what it goes on counting as, with spaces
    /// between, see `diachiso_pipeline::what_stays`.
    Erase,
    /// Until when the personal cells of a file are kept; the target is the hash of its bytes and the day from which on they
    /// are not, with a space between.
    Retain,
    /// What a team found at a household of a register: `apply`, it was handed in. The target is a [`crate::FieldResult`].
    Result,
    /// A result that takes a household out of the denominator: `apply`, it is so; `refuse`, it is not. The target is that of
    /// the result; whoever handed it in has no say.
    Approval,
    /// A household that a team found and no register lists: `apply`, it was handed in. The target is a
    /// [`crate::FoundHousehold`].
    Found,
}

impl DecisionKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Proposal,
        Self::Batch,
        Self::Pair,
        Self::Match,
        Self::File,
        Self::Verdict,
        Self::Unit,
        Self::Point,
        Self::Erase,
        Self::Retain,
        Self::Result,
        Self::Approval,
        Self::Found,
    ];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        [
            "proposal", "batch", "pair", "match", "file", "verdict", "unit", "point", "erase",
            "retain", "result", "approval", "found",
        ][self as usize]
    }

    /// The kind of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == key)
    }

    /// What a target is about: the last line on record about it holds. Of a unit or a point that is chosen this is the
    /// submission, so that another choice replaces it.
    #[must_use]
    pub fn subject(self, target: &str) -> &str {
        match self {
            Self::Unit | Self::Point | Self::Erase | Self::Retain => {
                target.split(' ').next().unwrap_or(target)
            }
            _ => target,
        }
    }
}

/// What was decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Choice {
    /// What is proposed shall be done.
    Apply,
    /// It shall not be done.
    Refuse,
    /// The decision before is taken back: the question is open again.
    Withdraw,
}

impl Choice {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::Apply, Self::Refuse, Self::Withdraw];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["apply", "refuse", "withdraw"][self as usize]
    }

    /// The choice in Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        ["Áp dụng", "Từ chối", "Rút lại"][self as usize]
    }

    /// The choice of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == key)
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no choice.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no choice; expected apply, refuse or withdraw")]
pub struct UnknownChoice(pub Box<str>);

impl FromStr for Choice {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        Self::from_key(text).ok_or_else(|| UnknownChoice(text.into()))
    }
}

/// Why words are no decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecisionError {
    /// Nobody answers for it.
    #[error("it is not said who decides")]
    Nobody,
    /// No reason is given.
    #[error("it is not said why")]
    NoReason,
    /// It is about nothing.
    #[error("it is not said what about")]
    NoTarget,
}

/// One line of the record of decisions: who decided what, when and why. Lines are added, never changed; the last one
/// about a target holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Decision {
    kind: DecisionKind,
    target: Box<str>,
    choice: Choice,
    by: Box<str>,
    at: Timestamp,
    why: Box<str>,
}

impl Decision {
    /// A decision; names and reasons without spaces around them, the instant cut to the microsecond, which is what every
    /// store keeps: a decision that was put on record is known again.
    ///
    /// # Errors
    /// When it is not said who decides, why, or what about.
    pub fn new(
        kind: DecisionKind,
        target: &str,
        choice: Choice,
        by: &str,
        at: Timestamp,
        why: &str,
    ) -> Result<Self, DecisionError> {
        let said = |text: &str, missing| {
            let text = text.trim();
            if text.is_empty() { Err(missing) } else { Ok(Box::<str>::from(text)) }
        };
        Ok(Self {
            kind,
            target: said(target, DecisionError::NoTarget)?,
            choice,
            by: said(by, DecisionError::Nobody)?,
            at: Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at),
            why: said(why, DecisionError::NoReason)?,
        })
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> DecisionKind {
        self.kind
    }

    /// Which one: an id of that kind.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// What was decided.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// Who decided.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Why.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    /// The decisions of one kind that hold, by target: of each the last line on record, unless it takes back.
    #[must_use]
    pub fn in_force(record: &[Self], kind: DecisionKind) -> BTreeMap<&str, Choice> {
        Self::standing(record, kind).into_values().map(|d| (d.target(), d.choice)).collect()
    }

    /// The lines of one kind that hold, by what they are about: see [`DecisionKind::subject`].
    #[must_use]
    pub fn standing(record: &[Self], kind: DecisionKind) -> BTreeMap<&str, &Self> {
        let of_kind = record.iter().filter(|d| d.kind == kind);
        let mut last: BTreeMap<&str, &Self> =
            of_kind.map(|d| (kind.subject(d.target()), d)).collect();
        last.retain(|_, decision| decision.choice != Choice::Withdraw);
        last
    }

    /// Whether a record withdraws the file of this hash.
    #[must_use]
    pub fn withdraws(record: &[Self], hash: &str) -> bool {
        let of_file = |d: &&Self| d.kind == DecisionKind::File && *d.target == *hash;
        record.iter().rev().find(of_file).is_some_and(|d| d.choice == Choice::Refuse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(target: &str, choice: Choice) -> Decision {
        let kind = DecisionKind::Proposal;
        Decision::new(kind, target, choice, "Lê Văn A", Timestamp::UNIX_EPOCH, "đã đo lại")
            .expect("whole")
    }

    #[test]
    fn a_decision_is_of_a_microsecond_as_stores_keep_it() {
        let at = Timestamp::new(1, 123_456_789).expect("an instant");
        let decision = Decision::new(DecisionKind::Pair, "a", Choice::Apply, "a", at, "b");
        let kept = Timestamp::from_microsecond(1_123_456).expect("an instant");
        assert_eq!(decision.expect("whole").at(), kept);
    }

    #[test]
    fn the_last_line_about_a_target_holds_and_may_take_back() {
        use Choice::{Apply, Refuse, Withdraw};
        let record = [
            decision("a", Apply),
            decision("b", Refuse),
            decision("a", Refuse),
            decision("b", Withdraw),
            decision("c", Withdraw),
            decision("c", Apply),
        ];
        let held = Decision::in_force(&record, DecisionKind::Proposal);
        assert_eq!(held.into_iter().collect::<Vec<_>>(), [("a", Refuse), ("c", Apply)]);
    }

    #[test]
    fn another_point_of_a_submission_replaces_the_one_before() {
        let of = |target, choice| {
            Decision::new(DecisionKind::Point, target, choice, "a", Timestamp::UNIX_EPOCH, "b")
                .expect("whole")
        };
        let mut record = vec![
            of("ab 16.5 107.5", Choice::Apply),
            of("cd 16.4 107.4", Choice::Apply),
            of("ab 16.6 107.6", Choice::Apply),
        ];
        let held = |record: &[Decision]| -> Vec<String> {
            Decision::in_force(record, DecisionKind::Point).into_keys().map(str::to_owned).collect()
        };
        assert_eq!(held(&record), ["ab 16.6 107.6", "cd 16.4 107.4"]);
        record.push(of("ab", Choice::Withdraw));
        assert_eq!(held(&record), ["cd 16.4 107.4"]);
    }

    #[test]
    fn a_file_is_withdrawn_until_that_is_taken_back() {
        let of = |target, choice| {
            Decision::new(DecisionKind::File, target, choice, "a", Timestamp::UNIX_EPOCH, "b")
                .expect("whole")
        };
        let mut record = vec![decision("ab", Choice::Refuse), of("ab", Choice::Refuse)];
        assert!(Decision::withdraws(&record, "ab") && !Decision::withdraws(&record, "a"));
        record.push(of("ab", Choice::Withdraw));
        assert!(!Decision::withdraws(&record, "ab"));
    }

    #[test]
    fn nobody_decides_without_a_name_and_a_reason() {
        let make = |target, by, why| {
            let at = Timestamp::UNIX_EPOCH;
            Decision::new(DecisionKind::Proposal, target, Choice::Apply, by, at, why).map(drop)
        };
        assert_eq!(make("a", " ", "b"), Err(DecisionError::Nobody));
        assert_eq!(make("a", "b", "\t"), Err(DecisionError::NoReason));
        assert_eq!(make("", "b", "c"), Err(DecisionError::NoTarget));
    }

    #[test]
    fn choices_and_kinds_read_back_from_their_names() {
        for choice in Choice::ALL {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        assert!("maybe".parse::<Choice>().is_err());
        for kind in DecisionKind::ALL {
            assert_eq!(DecisionKind::from_key(kind.as_str()), Some(kind));
        }
    }
}
