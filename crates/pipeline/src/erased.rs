//! Submissions whose personal cells were erased: what they count as stays, whom they are about does not.
//!
//! Of the row a mark with its id is kept in place of all cells. What it counts as – commune, village, class of precision, day,
//! and which rules spoke – stands in the record of decisions, and a mark counts for nothing without it: a file that bears a
//! mark of its own is read as any other. A row that says again to the letter what was erased has the same id, and becomes the
//! same.

use diachiso_model::{
    Decision, DecisionKind, Finding, PovertyClass, PrecisionClass, RegisterField, RuleCode,
    Severity, Submission, SubmissionId, UnitCode, Units, Verdict, Village,
};
use diachiso_source::Row;
use rustc_hash::FxHashMap;

use crate::{
    poor_list,
    submissions::{Context, Draft, LinkKeys, believable},
};

/// What stands in the first cell of a row that was erased, before its id.
const MARK: &str = "#erased ";

/// What is said of a match or of a repeat, which is found anew.
const OF_MATCH: &[RuleCode] = &[RuleCode::R05];
const OF_REPEAT: &[RuleCode] = &[RuleCode::D01, RuleCode::D03, RuleCode::D04, RuleCode::R04];

/// The only cell of a row that was erased.
#[must_use]
pub fn erased_mark(id: SubmissionId) -> String {
    format!("{MARK}{id}")
}

/// What a line of a register keeps: where a household counts, and as what.
pub const LINE_STAYS: &[RegisterField] = {
    use RegisterField::{
        ClosedOn, Commune, CommuneCode, HouseholdId, Members, Ordinal, Poverty, Residence, Source,
        Status, Village,
    };
    &[
        Ordinal,
        HouseholdId,
        Village,
        Commune,
        CommuneCode,
        Residence,
        Status,
        Members,
        Poverty,
        Source,
        ClosedOn,
    ]
};

/// What stands in place of the head's name in a line without an id of its own. It says no more than a line with an id that
/// names nobody does, so that it needs no decision on record.
pub(crate) fn line_mark(id: &str) -> String {
    format!("{MARK}{id}")
}

/// The id that such a cell bears.
pub(crate) fn marked_line(cell: &str) -> Option<&str> {
    cell.strip_prefix(MARK).filter(|id| poor_list::is_list_id(id))
}

/// The id that a row bears as its mark.
pub(crate) fn marked(row: Row<'_>) -> Option<SubmissionId> {
    row.get(0).strip_prefix(MARK)?.parse().ok()
}

/// What a submission goes on counting as: the target of the decision that erases it. Names nobody.
///
/// `fits` are the source and the id of each line of a register that it may be, where that was left to a person.
#[must_use]
pub fn what_stays(
    s: &Submission,
    units: &Units,
    villages: &[Village],
    fits: &[(&str, &str)],
) -> String {
    let mut text = s.id.to_string();
    let mut say = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            text.extend([" ", name, "=", value]);
        }
    };
    say("commune", s.commune.map(|id| units.get(id).code.as_str()));
    say("village", s.village.map(|at| villages[at as usize].code.as_str()));
    say("class", s.precision.map(PrecisionClass::as_str));
    let day = s.collected_on.map(|day| day.to_string());
    say("on", day.as_deref());
    let anew = |code| {
        OF_MATCH.contains(&code)
            || code == RuleCode::R02 && !fits.is_empty()
            || s.verdict == Verdict::Duplicate && OF_REPEAT.contains(&code)
    };
    let kept = s.findings.iter().filter(|f| !anew(f.code));
    let mut findings: Vec<String> =
        kept.map(|f| format!("{}{}", f.code.as_str(), f.severity.letter())).collect();
    findings.dedup();
    say("findings", Some(&findings.join(",")));
    for (source, id) in fits {
        say("fits", Some(&format!("{}:{}", escaped(source), escaped(id))));
    }
    text
}

/// The lines of registers that a submission may be, by what stays of it.
pub(crate) fn fits(stays: &str) -> impl Iterator<Item = (String, String)> {
    let words = stays.split(' ').filter_map(|word| word.strip_prefix("fits=")?.split_once(':'));
    words.map(|(source, id)| (plain(source), plain(id)))
}

/// A name without the signs that stand between names.
fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace(' ', "%20").replace(':', "%3A")
}

fn plain(name: &str) -> String {
    name.replace("%3A", ":").replace("%20", " ").replace("%25", "%")
}

/// What stays of submissions that were erased, by id.
#[derive(Clone, Default, Debug)]
pub(crate) struct Erased(FxHashMap<SubmissionId, Box<str>>);

impl Erased {
    /// Those of a record.
    pub(crate) fn new(record: &[Decision]) -> Self {
        let standing = Decision::standing(record, DecisionKind::Erase).into_iter();
        let erased = standing.filter_map(|(id, d)| Some((id.parse().ok()?, d.target().into())));
        Self(erased.collect())
    }

    /// What a submission became when it was erased; `None` where it was not.
    pub(crate) fn draft(&self, id: SubmissionId, row: u32, context: &Context<'_>) -> Option<Draft> {
        let stays = self.0.get(&id)?;
        let said = |name: &str| {
            let mut words = stays.split(' ').filter_map(|word| word.split_once('='));
            words.find(|(of, _)| *of == name).map(|(_, value)| value)
        };
        let code = |name: &str| said(name).and_then(|code| code.parse::<UnitCode>().ok());
        let collected_on = said("on").and_then(|day| day.parse().ok());
        let on = believable(collected_on, context.today).unwrap_or(context.closed_on);
        let units = &context.reference.units;
        let commune = code("commune").and_then(|code| units.by_code(&code, on));
        let list = &context.villages.list;
        let at = |code: UnitCode| list.binary_search_by(|village| village.code.cmp(&code)).ok();
        let village = code("village").and_then(at);
        let in_register = match village {
            Some(at) => Some(list[at].commune),
            None => {
                commune.and_then(|id| context.reference.at_closing(id, None, context.closed_on))
            }
        };
        let class = |text: &str| PrecisionClass::ALL.into_iter().find(|c| c.as_str() == text);
        let spoken = said("findings").into_iter().flat_map(|codes| codes.split(','));
        let mut findings: Vec<Finding> = spoken.filter_map(finding).collect();
        let verdict = context.judge.settle(&mut findings);
        let submission = Submission {
            id,
            file: context.file,
            row,
            form: "".into(),
            code: "".into(),
            head: "".into(),
            identity: None,
            phone: None,
            address: "".into(),
            village: village.map(|at| at as u32),
            village_text: "".into(),
            commune,
            members: None,
            poverty: PovertyClass::None,
            point: None,
            precision: said("class").and_then(class),
            accuracy_m: None,
            collected_on,
            collector: "".into(),
            team: "".into(),
            verdict,
            master: None,
            link: None,
            findings,
        };
        Some(Draft { submission, keys: LinkKeys { commune: in_register, ..LinkKeys::default() } })
    }
}

/// A finding of its code and the letter of its severity.
fn finding(text: &str) -> Option<Finding> {
    let (code, severity) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let severity = Severity::from_letter(severity)?;
    Some(Finding { severity, ..Finding::new(code.parse().ok()?, None, "") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_fit_are_read_back_whatever_they_are_called() {
        let name = "HO 1:2=50%25";
        let stays = format!("0a commune=19867 fits=police:{} fits=a%20b:c", escaped(name));
        let read: Vec<_> = fits(&stays).collect();
        assert_eq!(read, [("police".to_owned(), name.to_owned()), ("a b".into(), "c".into())]);
    }

    #[test]
    fn a_finding_is_kept_by_its_code_and_severity() {
        let kept = finding("G09R").expect("a finding");
        assert_eq!(
            (kept.code, kept.severity, &*kept.original),
            (RuleCode::G09, Severity::Review, "")
        );
        for text in ["", "R", "G09", "G09?", "ếR"] {
            assert!(finding(text).is_none(), "{text}");
        }
    }
}
