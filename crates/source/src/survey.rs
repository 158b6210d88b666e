//! Headings as survey tools export them: ODK, `KoboToolbox` and kin.
//!
//! They put the names of groups in front (`group_head/ho_ten`, `group-ho_ten`), split a point
//! into `_toa_do_latitude`, `_toa_do_longitude`, `_toa_do_altitude`, `_toa_do_precision`, and
//! add columns of their own (`_id`, `_uuid`, `_submission_time`, `start`, `end`).

use crate::repeats::Repeats;
use crate::row_block::Row;
use std::collections::HashSet;

/// Columns that the tools add, in lower case; two of them make a survey.
const METADATA: &[&str] = &[
    "_id",
    "_uuid",
    "_index",
    "_parent_index",
    "_submission_time",
    "_submitted_by",
    "_validation_status",
    "_status",
    "_notes",
    "_tags",
    "__version__",
    "_attachments",
    "_xform_id_string",
    "formhub/uuid",
    "meta/instanceid",
    "meta-instanceid",
    "meta.instanceid",
    "meta/rootuuid",
    "instanceid",
    "key",
    "__id",
    "submissiondate",
    "submitterid",
    "submittername",
    "start",
    "end",
    "today",
    "deviceid",
    "simserial",
    "username",
];

/// Metadata columns that make a survey.
const MIN_METADATA: usize = 2;

/// Ends of the columns that a point is split into, and the key of the field that each is.
const POINT_PARTS: &[(&str, &str)] = &[
    ("_latitude", "latitude"),
    ("_longitude", "longitude"),
    ("_precision", "accuracy"),
    ("_accuracy", "accuracy"),
];

/// Metadata that stands in for a field which no other column bears, best first, and the key of
/// that field.
const FALLBACKS: &[(&str, &str)] = &[
    ("today", "collected_on"),
    ("_submission_time", "collected_on"),
    ("submissiondate", "collected_on"),
];

/// What the headings of a file say together.
#[derive(Default)]
pub(crate) struct Survey<'a> {
    headings: HashSet<&'a str>,
    has_metadata: bool,
    pub(crate) repeats: Repeats,
}

impl<'a> Survey<'a> {
    /// Looks at the rows of a heading.
    pub(crate) fn of(stack: &[Row<'a>]) -> Self {
        let headings: HashSet<&str> = stack.iter().flat_map(Row::cells).map(str::trim).collect();
        let known = |heading: &&&str| METADATA.contains(&heading.to_ascii_lowercase().as_str());
        let has_metadata = headings.iter().filter(known).count() >= MIN_METADATA;
        let repeats = Repeats::of(stack.iter().flat_map(Row::cells));
        Self { headings, has_metadata, repeats }
    }

    /// The last part of a heading with names of groups in front.
    ///
    /// Groups are parted by `/`, `.` and `:` in names as machines write them; by `-` and, in
    /// labels as people write them, by `/` only where metadata columns show that the file is a
    /// survey. A choice of a question that itself is a column (`dien_ho/ho_ngheo` beside
    /// `dien_ho`) is none: its cells say yes or no.
    pub(crate) fn last_part<'h>(&self, heading: &'h str) -> Option<&'h str> {
        let by_machine = is_by_machine(heading);
        let parts = |c: char| match c {
            '/' => by_machine || self.has_metadata,
            '.' | ':' => by_machine,
            '-' => by_machine && self.has_metadata,
            _ => false,
        };
        let at = heading.rfind(parts)?;
        let (groups, part) = (&heading[..at], heading[at + 1..].trim());
        let is_choice = self.headings.contains(groups.trim_end());
        (!part.is_empty() && !is_choice).then_some(part)
    }
}

/// Letters, digits and marks of programs, no spaces and accents.
fn is_by_machine(heading: &str) -> bool {
    heading
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'/' | b'.' | b':' | b'-'))
}

/// The key of the field that a part of a point is: `_toa_do_latitude`, whatever groups stand in
/// front of it, or `_Toạ độ_latitude` in exports with labels, which may hold any sign themselves.
pub(crate) fn point_part(heading: &str) -> Option<&'static str> {
    let part = if is_by_machine(heading) {
        heading.rsplit(['/', '.', ':', '-']).next()?
    } else {
        // A slash before an underscore parts a group from its question.
        heading.rfind("/_").map_or(heading, |slash| &heading[slash + 1..])
    };
    let part = part.to_ascii_lowercase();
    let question = part.strip_prefix('_')?;
    let (_, key) = POINT_PARTS
        .iter()
        .find(|(end, _)| question.strip_suffix(end).is_some_and(|name| !name.is_empty()))?;
    Some(key)
}

/// The key of the field that a metadata column can stand in for, and how far down the list.
pub(crate) fn fallback(heading: &str) -> Option<(&'static str, usize)> {
    let heading = heading.to_ascii_lowercase();
    let rank = FALLBACKS.iter().position(|(name, _)| *name == heading)?;
    Some((FALLBACKS[rank].1, rank))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RowBlock;

    #[track_caller]
    fn check(others: &[&str], heading: &str, expected: Option<&str>) {
        let mut block = RowBlock::new();
        block.push_row(1, others.iter().copied());
        let rows = [block.row(0)];
        assert_eq!(Survey::of(&rows).last_part(heading), expected, "{heading}");
    }

    #[test]
    fn names_of_groups_are_taken_off() {
        let survey = ["_id", "_uuid"];
        check(&[], "group_head/ho_ten", Some("ho_ten"));
        check(&[], "a.b.ho_ten", Some("ho_ten"));
        check(&[], "ma-xa", None);
        check(&survey, "group_head-ho_ten", Some("ho_ten"));
        check(&["KEY", "SubmissionDate"], "group_head-ho_ten", Some("ho_ten"));
        check(&[], "Thông tin/Họ tên", None);
        check(&survey, "Thông tin/Họ tên", Some("Họ tên"));
        check(&survey, "TX. Hương Trà - xã", None);
        check(&[], "ho_ten", None);
        check(&[], "ho_ten/", None);
    }

    #[test]
    fn a_choice_of_a_question_is_no_group() {
        check(&["g/dien_ho"], "g/dien_ho/ho_ngheo", None);
        check(&["g/ten"], "g/dien_ho/ho_ngheo", Some("ho_ngheo"));
    }

    #[test]
    fn parts_of_a_point_are_known_by_their_end() {
        #[track_caller]
        fn check(heading: &str, expected: Option<&str>) {
            assert_eq!(point_part(heading), expected, "{heading}");
        }
        check("_toa_do_latitude", Some("latitude"));
        check("group-vi_tri-_vi_do_latitude", Some("latitude"));
        check("group/_toa_do_longitude", Some("longitude"));
        check("_toa_do_precision", Some("accuracy"));
        check("_toa_do_altitude", None);
        check("__latitude", None);
        check("_latitude", None);
        check("toa_do", None);
        check("_Tọa độ_latitude", Some("latitude"));
        check("Nhà/_Vị trí/nơi đo_longitude", Some("longitude"));
        check("Tọa độ_latitude", None);
    }
}
