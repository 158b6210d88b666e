//! Who may what: roles, the areas they are bound to, and for how long.

use std::{fmt, str::FromStr};

use jiff::civil::Date;

use crate::{UnitCode, UnitCodeError};

/// What somebody does, and so what they need to see.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Anybody, without a token: figures and maps, no personal field.
    Public,
    /// Looks at coverage in the city; no personal field either.
    Planner,
    /// Hands in submissions, and sees those of the own team.
    Collector,
    /// Fetches the lists of an area and loads results back.
    Officer,
    /// Decides what the machine held back.
    Reviewer,
    /// Units, registers, tokens, retention.
    Administrator,
}

impl Role {
    /// All roles, in the order of the table in the documentation.
    pub const ALL: [Self; 6] = [
        Self::Public,
        Self::Planner,
        Self::Collector,
        Self::Officer,
        Self::Reviewer,
        Self::Administrator,
    ];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["public", "planner", "collector", "officer", "reviewer", "administrator"][self as usize]
    }

    /// The role in Vietnamese.
    #[must_use]
    pub fn vi(self) -> &'static str {
        [
            "Công khai",
            "Cán bộ quy hoạch",
            "Người thu thập",
            "Cán bộ địa bàn",
            "Người duyệt",
            "Quản trị",
        ][self as usize]
    }

    /// The role of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == key)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A unit as it was on a day, and with it what became of its land and households: `477@2024-12-31`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AreaOn {
    /// Code of the unit.
    pub code: UnitCode,
    /// A day on which the code means that unit.
    pub on: Date,
}

impl fmt::Display for AreaOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.code.as_str(), self.on)
    }
}

impl FromStr for AreaOn {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let (code, on) = text.split_once('@').ok_or_else(|| GrantError::NoDay(text.into()))?;
        let on = on.parse().map_err(|_| GrantError::Day(on.into()))?;
        Ok(Self { code: code.parse()?, on })
    }
}

/// Where a grant holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Areas {
    /// Everywhere.
    All,
    /// In these units and what became of them; at least one.
    Of(Vec<AreaOn>),
}

impl fmt::Display for Areas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Of(areas) => {
                let areas: Vec<String> = areas.iter().map(ToString::to_string).collect();
                f.write_str(&areas.join(","))
            }
        }
    }
}

impl FromStr for Areas {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        if text == "*" {
            return Ok(Self::All);
        }
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self::Of)
    }
}

/// Longest name of a team in characters.
const MAX_TEAM_CHARS: usize = 80;

/// A role in areas for some days. Text form, for configuration and the command line:
/// `officer:477@2024-12-31,19867@2025-07-01;from=2026-01-01;to=2026-12-31`, `collector:*;team=Tổ 3`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Grant {
    role: Role,
    areas: Areas,
    team: Option<Box<str>>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

/// Why a text is no grant.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GrantError {
    /// The role is not known.
    #[error("`{0}` is no role; expected planner, collector, officer, reviewer or administrator")]
    Role(Box<str>),
    /// Everybody has the role `public`.
    #[error("`public` is what everybody may without a token; it cannot be granted")]
    Public,
    /// An area has no day.
    #[error(
        "area `{0}` says no day: a code means different units over time; write `{0}@2025-07-01`"
    )]
    NoDay(Box<str>),
    /// A day cannot be read.
    #[error("`{0}` is no day; expected YYYY-MM-DD")]
    Day(Box<str>),
    /// A code cannot be read.
    #[error(transparent)]
    Code(#[from] UnitCodeError),
    /// A collector without a team, or another role with one.
    #[error("a collector needs a team, and nobody else has one: `collector:*;team=Tổ 3`")]
    Team,
    /// The name of the team is too long or holds what the text form uses.
    #[error("the name of a team has at most {MAX_TEAM_CHARS} characters, and no `;`")]
    TeamName,
    /// It ends before it begins.
    #[error("the grant ends on {to}, before it begins on {from}")]
    Backwards {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// A part that is not known.
    #[error("`{0}` is no part of a grant; expected team=, from= or to=")]
    Part(Box<str>),
}

impl Grant {
    /// A role in areas, for ever.
    ///
    /// # Errors
    /// When the role is `public`, or a collector has no team, or somebody else has one.
    pub fn new(role: Role, areas: Areas, team: Option<&str>) -> Result<Self, GrantError> {
        if role == Role::Public {
            return Err(GrantError::Public);
        }
        let team = team.map(str::trim);
        if (role == Role::Collector) != team.is_some_and(|t| !t.is_empty()) {
            return Err(GrantError::Team);
        }
        if team.is_some_and(|t| t.contains([';', '\n']) || t.chars().nth(MAX_TEAM_CHARS).is_some())
        {
            return Err(GrantError::TeamName);
        }
        Ok(Self { role, areas, team: team.map(Into::into), valid_from: None, valid_to: None })
    }

    /// The same from a day on, to a day (both included).
    ///
    /// # Errors
    /// When it would end before it begins.
    pub fn between(mut self, from: Option<Date>, to: Option<Date>) -> Result<Self, GrantError> {
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(GrantError::Backwards { from, to });
        }
        (self.valid_from, self.valid_to) = (from, to);
        Ok(self)
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Where it holds.
    #[must_use]
    pub fn areas(&self) -> &Areas {
        &self.areas
    }

    /// The team of a collector.
    #[must_use]
    pub fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.role, self.areas)?;
        if let Some(team) = &self.team {
            write!(f, ";team={team}")?;
        }
        if let Some(from) = self.valid_from {
            write!(f, ";from={from}")?;
        }
        if let Some(to) = self.valid_to {
            write!(f, ";to={to}")?;
        }
        Ok(())
    }
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let mut parts = text.split(';');
        let head = parts.next().unwrap_or_default();
        let (role, areas) = head.split_once(':').unwrap_or((head, "*"));
        let role = Role::from_key(role).ok_or_else(|| GrantError::Role(role.into()))?;
        let areas = areas.parse()?;
        let (mut team, mut from, mut to) = (None, None, None);
        for part in parts {
            let day = |day: &str| day.parse().map_err(|_| GrantError::Day(day.into()));
            match part.split_once('=') {
                Some(("team", name)) => team = Some(name),
                Some(("from", first)) => from = Some(day(first)?),
                Some(("to", last)) => to = Some(day(last)?),
                _ => return Err(GrantError::Part(part.into())),
            }
        }
        Self::new(role, areas, team)?.between(from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_written_as_it_is_read() {
        for text in [
            "officer:477@2024-12-31,19867@2025-07-01;from=2026-01-01;to=2026-12-31",
            "collector:*;team=Tổ 3",
            "reviewer:19870-trung-lang@2020-01-01",
            "administrator:*",
        ] {
            let grant: Grant = text.parse().expect("a grant");
            assert_eq!(grant.to_string(), text);
        }
        assert_eq!("planner".parse::<Grant>().expect("a grant").to_string(), "planner:*");
    }

    #[test]
    fn what_is_no_grant_is_refused_with_what_would_do() {
        let check = |text: &str, words: &str| {
            let error = text.parse::<Grant>().expect_err(text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        };
        check("public", "without a token");
        check("chief:*", "officer");
        check("officer:477", "477@2025-07-01");
        check("officer:477@today", "YYYY-MM-DD");
        check("officer:47x@2025-01-01", "unit code");
        check("officer:", "says no day");
        check("collector:*", "needs a team");
        check("officer:*;team=Tổ 1", "nobody else");
        check("officer:*;until=2025-01-01", "team=, from= or to=");
        check("officer:*;from=2026-02-01;to=2026-01-01", "before it begins");
    }

    #[test]
    fn a_grant_holds_from_its_first_to_its_last_day() {
        let grant: Grant = "officer:*;from=2026-01-02;to=2026-01-03".parse().expect("a grant");
        let holds = |day: &str| grant.holds_on(day.parse().expect("a day"));
        assert_eq!(
            ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"].map(holds),
            [false, true, true, false]
        );
    }
}
