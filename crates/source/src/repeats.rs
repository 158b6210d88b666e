//! Repeat groups of survey tools: the persons of a household, written into a file of households.
//!
//! Only how many persons there are is wanted; who they are is nobody's business here. Whatever
//! shape a file has, what comes of its repeat is the same: a column headed `persons(GROUP)` with
//! the number of persons, which stands in for the number of members where no other column bears
//! it, and the persons' own cells, which are sensitive columns (C02). Rows that are persons
//! become rows with a mark in that column alone, which says what they are.

mod appended;
mod family;
mod joined;
mod sheets;
mod wide;

use crate::sensitive::{holds_phrase, is_sensitive};
use diachiso_text::fold::unaccent_key;
use std::collections::HashMap;
use std::fmt::Write as _;

pub(crate) use appended::{Appended, Counter};
pub use family::MAX_FAMILIES;
pub(crate) use family::{Branch, Families, FamilyCounter, HeadingRow, Mark, choose, column_of};
pub(crate) use joined::{Joined, Keys};
pub(crate) use sheets::{PersonSheet, has_key, join_sheets};
pub(crate) use wide::WideCounter;

/// Words in the names of groups whose repeats are the persons of a household, without accents.
const PERSONS: &[&str] = &[
    "member",
    "members",
    "person",
    "persons",
    "people",
    "individual",
    "individuals",
    "resident",
    "residents",
    "roster",
    "thanh vien",
    "nhan khau",
    "nguoi trong ho",
    "nguoi trong nha",
];

/// Words that make a group one of other people.
const OTHERS: &[&str] = &[
    "contact",
    "contacts",
    "team",
    "staff",
    "visitor",
    "visitors",
    "in charge",
    "lien he",
    "khach",
    "to cong nghe",
    "doan",
    "can bo",
];

/// Names of a person's name, of which one is enough to make a column personal.
const FULL_NAMES: &[&str] = &["ho ten", "ho va ten", "ho chu dem va ten", "full name", "fullname"];

/// Names of a name, which an animal may have too.
const NAMES: &[&str] = &["ten", "name", "first name", "given name"];

/// What only a list of the people of a house asks beside their names.
const OF_PERSONS: &[&str] = &[
    "ngay sinh",
    "ngay thang nam sinh",
    "nam sinh",
    "birth",
    "birthdate",
    "birthday",
    "date of birth",
    "year of birth",
    "birth year",
    "dob",
    "quan he",
    "quan he voi chu ho",
    "relation",
    "relationship",
];

/// Repeats within repeats that are looked at in one heading: survey tools nest groups some five deep.
const MAX_DEPTH: usize = 16;

/// Brackets around the name of a group in the heading of the column that holds the count.
const COUNT: (&str, &str) = ("persons(", ")");

/// The same where the rows of a group are no persons and nothing is counted.
const ROWS: (&str, &str) = ("rows(", ")");

/// What stands behind the name of a group in a heading that stands for all its columns.
const ALL_COLUMNS: &str = "[]";

/// The heading of the column in which the persons of a group are counted.
pub(crate) fn count_heading(group: &str) -> String {
    format!("{}{group}{}", COUNT.0, COUNT.1)
}

/// The heading of the column in which the rows of a group of something else are marked.
pub(crate) fn rows_heading(group: &str) -> String {
    format!("{}{group}{}", ROWS.0, ROWS.1)
}

/// The heading that stands for all columns of a group of persons, none of which was kept.
pub(crate) fn dropped_heading(group: &str) -> String {
    format!("{group}{ALL_COLUMNS}")
}

/// Whether a heading is that of a column in which the rows of a repeat may be marked.
pub(crate) fn is_marked(heading: &str) -> bool {
    counted_group(heading).or_else(|| marked_group(heading)).is_some()
}

/// Whether a heading is that of a column of counts.
pub(crate) fn is_count(heading: &str) -> bool {
    counted_group(heading).is_some()
}

/// The group whose persons are counted in the column of this heading.
fn counted_group(heading: &str) -> Option<&str> {
    let group = heading.strip_prefix(COUNT.0)?.strip_suffix(COUNT.1)?;
    (!group.is_empty()).then_some(group)
}

/// The group whose rows are marked in the column of this heading.
fn marked_group(heading: &str) -> Option<&str> {
    let group = heading.strip_prefix(ROWS.0)?.strip_suffix(ROWS.1)?;
    (!group.is_empty()).then_some(group)
}

/// Whether the group whose persons are counted in the column of this heading has a name that says
/// that they are persons; `None` where it is no heading of counts.
pub(crate) fn is_named_count(heading: &str) -> Option<bool> {
    counted_group(heading).map(names_persons)
}

/// Whether the last part of a group's name says that it holds the persons of a household.
pub(crate) fn names_persons(group: &str) -> bool {
    let last = group.rsplit(['/', '.', ':']).next().unwrap_or(group);
    holds_phrase(last, PERSONS) && !holds_phrase(last, OTHERS)
}

/// What the names of a group's columns say of it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Leaves {
    name: Name,
    of_persons: bool,
    sensitive: bool,
}

/// Whether a group asks for a name.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    #[default]
    None,
    /// One that an animal may have too.
    Any,
    /// One that only persons have.
    OfPerson,
}

impl Leaves {
    /// Takes the name of one more column, whatever groups stand in front of it.
    pub(crate) fn learn(&mut self, leaf: &str) {
        let last = leaf.rsplit(['/', '.', ':']).next().unwrap_or(leaf);
        let name = if holds_phrase(last, FULL_NAMES) {
            Name::OfPerson
        } else if NAMES.contains(&unaccent_key(last).as_str()) {
            Name::Any
        } else {
            Name::None
        };
        self.name = self.name.max(name);
        self.of_persons |= holds_phrase(last, OF_PERSONS);
        self.sensitive |= is_sensitive(last);
    }

    /// Whether a group with these columns is a list of the people of a house.
    pub(crate) fn are_persons(self) -> bool {
        self.name > Name::None && self.of_persons
    }

    /// Whether they tell of a person, of whatever kind.
    pub(crate) fn are_personal(self) -> bool {
        self.name == Name::OfPerson || self.name == Name::Any && (self.of_persons || self.sensitive)
    }
}

/// Whether a cell says nothing: survey tools write `n/a` where a group has fewer repeats.
pub(crate) fn is_blank(cell: &str) -> bool {
    let cell = cell.trim();
    cell.is_empty() || cell.eq_ignore_ascii_case("n/a")
}

/// What the headings of a file say of its repeats.
#[derive(Clone, Default, Debug)]
pub(crate) struct Repeats {
    columns: HashMap<String, Repeated>,
    /// The group whose persons are counted.
    group: Option<String>,
    /// Persons that the headings make room for.
    persons: usize,
}

/// What a heading of a repeat means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Repeated {
    /// Whether it tells of a person.
    personal: bool,
    /// Which of the persons counted it belongs to.
    person: Option<usize>,
}

/// A heading such as `ho/members[2]/name`, taken apart.
struct Parts<'h> {
    /// The groups without the numbers of their repeats: `ho/members`.
    group: String,
    /// The same with them, which is the same for all columns of one person.
    person: String,
    /// What stands behind: `name`.
    leaf: &'h str,
}

impl Repeats {
    /// Looks at all headings, from left to right.
    pub(crate) fn of<'h>(headings: impl Iterator<Item = &'h str>) -> Self {
        let mut parts: Vec<(&str, Parts<'_>)> = Vec::new();
        let mut columns = HashMap::new();
        for heading in headings.map(str::trim) {
            if let Some(found) = Parts::of(heading) {
                parts.push((heading, found));
            } else if let Some(group) = counted_group(heading).or_else(|| marked_group(heading)) {
                let all = Repeated { personal: true, person: None };
                columns.insert(dropped_heading(group), all);
            }
        }
        let mut leaves: Vec<(&str, Leaves)> = Vec::new();
        for (_, Parts { group, leaf, .. }) in &parts {
            let at = leaves.iter().position(|(known, _)| known == group).unwrap_or_else(|| {
                leaves.push((group, Leaves::default()));
                leaves.len() - 1
            });
            leaves[at].1.learn(leaf);
        }
        let named = leaves.iter().find(|(group, _)| names_persons(group));
        let counted = named.or_else(|| leaves.iter().find(|(_, leaves)| leaves.are_persons()));
        let group = counted.map(|(group, _)| (*group).to_owned());
        let personal = |group: &str| {
            names_persons(group)
                || leaves.iter().any(|(other, leaves)| *other == group && leaves.are_personal())
        };
        let mut persons: HashMap<&str, usize> = HashMap::new();
        for (heading, Parts { group: own, person, .. }) in &parts {
            let next = persons.len();
            let is_counted = group.as_ref() == Some(own);
            let person = is_counted.then(|| *persons.entry(person).or_insert(next));
            let repeated = Repeated { personal: personal(own), person };
            columns.insert((*heading).to_owned(), repeated);
        }
        let persons = persons.len();
        Self { columns, group, persons }
    }

    /// Whether a heading belongs to a repeat, whose columns are never those of the household.
    pub(crate) fn holds(&self, heading: &str) -> bool {
        self.columns.contains_key(heading.trim())
    }

    /// Whether it is one that tells of a person.
    pub(crate) fn is_personal(&self, heading: &str) -> bool {
        self.columns.get(heading.trim()).is_some_and(|column| column.personal)
    }

    /// Which of the persons counted a heading belongs to.
    fn person(&self, heading: &str) -> Option<usize> {
        self.columns.get(heading.trim())?.person
    }
}

impl<'h> Parts<'h> {
    /// Takes a heading apart at the repeat that holds persons by its name, else at the last.
    fn of(heading: &'h str) -> Option<Self> {
        let mut found = None;
        let (mut group, mut person) = (String::new(), String::new());
        let mut rest = heading;
        for _ in 0..MAX_DEPTH {
            let Some((name, number, leaf)) = next_repeat(rest) else { break };
            group += name;
            person += name;
            write!(person, "[{number}]").expect("a string takes any text");
            let persons = names_persons(&group);
            found = Some(Self { group: group.clone(), person: person.clone(), leaf });
            if persons {
                break;
            }
            // Between two repeats stands what parts them.
            group.push('/');
            person.push('/');
            rest = leaf;
        }
        found
    }
}

/// The next name with a number in brackets and a mark behind it that parts groups: `members[2]/`.
/// A number in brackets alone ("Vĩ độ [1]") is a footnote.
fn next_repeat(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('[').map(|at| from + at) {
        let (name, inside) = (text[..open].trim(), &text[open + 1..]);
        let digits = inside.bytes().take_while(u8::is_ascii_digit).count();
        if !name.is_empty()
            && digits > 0
            && let Some(behind) = inside[digits..].strip_prefix(']')
            && let Some(leaf) = behind.trim_start().strip_prefix(['/', '.', ':'])
            && !leaf.trim().is_empty()
        {
            let number = inside[..digits].trim_start_matches('0');
            return Some((name, number, leaf.trim()));
        }
        from = open + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headings: &[&str], group: Option<&str>, persons: usize, personal: &[&str]) {
        let repeats = Repeats::of(headings.iter().copied());
        assert_eq!(repeats.group.as_deref(), group, "{headings:?}");
        assert_eq!(repeats.persons, persons, "{headings:?}");
        let found: Vec<&str> =
            headings.iter().copied().filter(|heading| repeats.is_personal(heading)).collect();
        assert_eq!(found, personal);
    }

    #[test]
    fn a_group_is_of_persons_by_its_name_whatever_parts_it() {
        for heading in [
            "members[1]/name",
            "ho/members[01]/x",
            "thanh_vien[1].ho_ten",
            "Thành viên hộ[1]/Họ tên",
            "hh_members[1]:a",
            "ho[3]/nhanKhau[1]/nhankhau/x",
            "nhan_khau [1] / x",
        ] {
            let repeats = Repeats::of([heading].into_iter());
            assert_eq!(repeats.persons, 1, "{heading}");
            assert!(repeats.holds(heading) && repeats.is_personal(heading), "{heading}");
        }
        check(
            &["ten", "members[1]/name", "members[2]/name", "members[1]/age"],
            Some("members"),
            2,
            &["members[1]/name", "members[2]/name", "members[1]/age"],
        );
    }

    #[test]
    fn a_group_without_a_telling_name_is_of_persons_by_what_it_asks() {
        check(&["g[1]/ho_ten", "g[1]/ngay_sinh"], Some("g"), 1, &["g[1]/ho_ten", "g[1]/ngay_sinh"]);
        check(
            &["lien_he[1]/ho_ten", "lien_he[1]/so"],
            None,
            0,
            &["lien_he[1]/ho_ten", "lien_he[1]/so"],
        );
        check(&["team_members[1]/code"], None, 0, &[]);
        check(&["vat_nuoi[1]/ten", "vat_nuoi[1]/tuoi"], None, 0, &[]);
        check(&["anh[1]/url"], None, 0, &[]);
    }

    #[test]
    fn of_several_groups_the_one_with_the_name_is_counted() {
        check(
            &["g[1]/ho_ten", "g[1]/dob", "members[1]/a", "members[2]/a"],
            Some("members"),
            2,
            &["g[1]/ho_ten", "g[1]/dob", "members[1]/a", "members[2]/a"],
        );
    }

    #[test]
    fn repeats_within_a_person_are_that_person() {
        let headings = ["members[1]/benh[1]/ten", "members[1]/benh[2]/ten", "members[2]/a"];
        check(&headings, Some("members"), 2, &headings);
        let headings = ["nha[1]/members[1]/a", "nha[2]/members[1]/a"];
        check(&headings, Some("nha/members"), 2, &headings);
    }

    #[test]
    fn a_number_in_brackets_alone_is_a_footnote() {
        for heading in
            ["Vĩ độ [1]", "members[1]", "[1]/a", "members[]/a", "members[x]/a", "a[1]b/c"]
        {
            check(&[heading], None, 0, &[]);
        }
    }

    #[test]
    fn a_number_beyond_all_reason_is_one_person() {
        check(
            &["members[999999999]/a", "members[99999999999999999999999999]/a", "members[1]/a"],
            Some("members"),
            3,
            &["members[999999999]/a", "members[99999999999999999999999999]/a", "members[1]/a"],
        );
    }

    #[test]
    fn all_columns_of_a_group_are_meant_only_beside_its_count() {
        check(&["persons(members)", "members[]"], None, 0, &["members[]"]);
        check(&["members[]", "persons()"], None, 0, &[]);
    }
}
