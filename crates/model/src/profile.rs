//! Profiles: how strict the rules are. A profile moves severities and nothing else.

use std::{fmt, str::FromStr};

use crate::{RuleCode, Severity};

/// How strict the rules are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Profile {
    /// More is held for a person: where a code is required, for data that is to be published as addresses.
    Strict,
    /// The severities of the design.
    #[default]
    Default,
    /// Less is held: for a first look at old files.
    Relaxed,
}

/// A rule, its severity in the strict and in the relaxed profile.
struct Move(RuleCode, Severity, Severity);

/// The rules that profiles move, one row a rule; all others are the same in every profile.
const MOVES: &[Move] = {
    use RuleCode::{
        A04, A06, A07, C01, G06, G08, G10, G13, H02, I01, I02, M01, M02, M03, M04, P01,
    };
    use Severity::{Info, Review, Warning};
    &[
        Move(M01, Review, Info),
        Move(M02, Review, Warning),
        Move(M03, Review, Warning),
        Move(M04, Review, Warning),
        Move(A04, Review, Warning),
        Move(A06, Review, Warning),
        Move(A07, Warning, Info),
        Move(G06, Review, Warning),
        Move(G08, Review, Warning),
        Move(G10, Review, Warning),
        Move(G13, Review, Warning),
        Move(P01, Review, Info),
        Move(I01, Review, Info),
        Move(I02, Review, Info),
        Move(H02, Review, Info),
        Move(C01, Review, Warning),
    ]
};

impl Profile {
    /// All profiles, strictest first.
    pub const ALL: [Self; 3] = [Self::Strict, Self::Default, Self::Relaxed];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["strict", "default", "relaxed"][self as usize]
    }

    /// The severity of a rule in this profile.
    #[must_use]
    pub fn severity(self, code: RuleCode) -> Severity {
        let moved = MOVES.iter().find(|m| m.0 == code);
        match (self, moved) {
            (Self::Strict, Some(Move(_, strict, _))) => *strict,
            (Self::Relaxed, Some(Move(_, _, relaxed))) => *relaxed,
            _ => code.rule().severity,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no profile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no profile; expected strict, default or relaxed")]
pub struct UnknownProfile(pub Box<str>);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        Self::ALL
            .into_iter()
            .find(|p| p.as_str() == text)
            .ok_or_else(|| UnknownProfile(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_never_milder_than_the_next() {
        for &code in RuleCode::ALL {
            let severities = Profile::ALL.map(|p| p.severity(code));
            assert!(severities.is_sorted_by(|a, b| a >= b), "{code}: {severities:?}");
            assert_eq!(Profile::Default.severity(code), code.rule().severity);
        }
    }

    #[test]
    fn what_no_profile_can_mend_stays_an_error() {
        for rule in crate::Rule::table().iter().filter(|r| r.severity == Severity::Error) {
            assert_eq!(Profile::Relaxed.severity(rule.code), Severity::Error);
        }
        assert!("lax".parse::<Profile>().is_err());
        assert_eq!("strict".parse(), Ok(Profile::Strict));
    }
}
