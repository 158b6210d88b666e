//! Names as people write them: in initials, turned round, misspelt. They are one household where that is sure, a person's
//! question where it is not, and never a reason to take two households for one.

use std::sync::LazyLock;

use crate::support::stages;
use diachiso_model::{Published, RuleCode, SourceKind, Submission, Verdict};
use diachiso_pipeline::Reference;
use stages::FileBytes;

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

/// Heads of the register's first village.
const HEADS: [&str; 6] = [
    "Nguyễn Văn Hùng",
    "Lê Thị Thủy",
    "Trần Văn Tân",
    "Ngô Văn Hải",
    "Nguyễn Viết Hải",
    "Hoàng Đình Phước",
];
/// Words of further heads, none of whom has the initials of one of these.
const OTHERS: [[&str; 6]; 3] = [
    ["Phan", "Dương", "Bùi", "Cao", "Mai", "Đoàn"],
    ["Bá", "Công", "Minh", "Quang", "Duy", "Xuân"],
    ["An", "Bình", "Khoa", "Lộc", "Sơn", "Yên"],
];

fn register() -> FileBytes {
    let [families, middles, givens] = OTHERS;
    let others = families.iter().enumerate().flat_map(|(at, family)| {
        let village = if at > 0 { "Thôn Khuông Phò" } else { "Thôn Phước Lập" };
        let names =
            middles.iter().flat_map(|middle| givens.map(|given| format!("{middle} {given}")));
        names.map(move |rest| (format!("{family} {rest}"), village)).collect::<Vec<_>>()
    });
    let all = HEADS.map(|head| (head.to_owned(), "Thôn Phước Lập")).into_iter().chain(others);
    let lines = all.enumerate().map(|(at, (head, village))| {
        format!("H{at},{head},{village},Xã Quảng Phước,,4,Công an,31/12/2024\n")
    });
    let heading =
        "Mã hộ,Họ và tên chủ hộ,Thôn/Tổ dân phố,Xã/Phường,Địa chỉ,Số nhân khẩu,Nguồn,Ngày chốt\n";
    let table: String = std::iter::once(heading.to_owned()).chain(lines).collect();
    (SourceKind::Register, "ho.csv".to_owned(), table.into_bytes())
}

/// Submissions of these heads: name, phone and metres north of the first.
fn submissions(rows: &[(&str, &str, f64)], village: &str) -> FileBytes {
    let heading = "Họ và tên chủ hộ,Số điện thoại,Thôn/Tổ dân phố,Xã/Phường/Thị trấn,Huyện/Thị xã,Số nhân khẩu,\
        Vĩ độ,Kinh độ,Hệ tọa độ,Ngày thu thập,Căn cứ xử lý\n";
    let lines = rows.iter().enumerate().map(|(at, (head, phone, north_m))| {
        let (lat, day) = (16.600_961 + north_m / 111_195.0, at + 1);
        format!(
            "{head},{phone},{village},Xã Quảng Phước,Huyện Quảng Điền,4,{lat:.6},107.533963,WGS84,{day:02}/07/2024,Đồng ý\n"
        )
    });
    let table: String = std::iter::once(heading.to_owned()).chain(lines).collect();
    (SourceKind::Submissions, "phieu.csv".to_owned(), table.into_bytes())
}

fn told(state: &Published) -> Vec<&Submission> {
    let mut all: Vec<&Submission> = state.submissions.iter().collect();
    all.sort_by_key(|s| s.row);
    all
}

/// What becomes of one submission of a name in the first village: the household, and the rule that says so.
#[track_caller]
fn check(name: &str, household: Option<&str>, rule: RuleCode) {
    let files = [register(), submissions(&[(name, "", 0.0)], "Thôn Phước Lập")];
    let state = stages::run(&REFERENCE, &files, 1).expect("a run");
    let s = told(&state)[0];
    let found = s.link.map(|link| &*state.households[link.household as usize].head);
    assert_eq!(found, household, "{name}: {:?}", s.findings);
    let codes: Vec<RuleCode> = s.findings.iter().map(|f| f.code).collect();
    assert_eq!(codes.contains(&rule), rule != RuleCode::R01, "{name}: {codes:?}");
}

#[test]
fn a_household_is_found_by_its_name_in_initials_turned_round_or_misspelt() {
    for name in [
        "Nguyễn Văn Hùng",
        "N. V. Hùng",
        "Ng. V. Hùng",
        "N.V.Hùng",
        "Hùng Nguyễn Văn",
        "Nguyen Van Hung",
        "Nguyễn Văn Hnùg",
        "Nguyễn Vănn Hùng",
    ] {
        check(name, Some("Nguyễn Văn Hùng"), RuleCode::R01);
    }
}

#[test]
fn another_name_is_another_household_however_near() {
    for name in [
        "Nguyễn Văn Hưng",
        "Lê Thị Thúy",
        "Trần Văn Tuân",
        "N. V. H.",
        "Ph. V. Hùng",
        "Nguyễn Thị Hùng",
        "Hoàng Đình Phương",
    ] {
        check(name, None, RuleCode::R03);
    }
}

#[test]
fn initials_that_fit_two_households_are_for_a_person() {
    check("N. V. Hải", None, RuleCode::R02);
}

#[test]
fn submissions_of_one_household_under_several_spellings_are_one() {
    let rows = ["Nguyễn Văn Hùng", "N. V. Hùng", "Hùng Nguyễn Văn", "Nguyễn Văn Hnùg"];
    let rows = rows.map(|name| (name, "", 0.0));
    let files = [register(), submissions(&rows, "Thôn Phước Lập")];
    let state = stages::run(&REFERENCE, &files, 2).expect("a run");
    let verdicts: Vec<Verdict> = told(&state).iter().map(|s| s.verdict).collect();
    assert_eq!(verdicts[0], Verdict::Accepted);
    assert!(verdicts[1..].iter().all(|v| *v == Verdict::Duplicate), "{verdicts:?}");
}

/// Of two submissions in no register at one place with one phone: whether the second repeats the first.
#[track_caller]
fn outside(first: &str, second: &str, phones: [&str; 2], apart_m: f64) -> Verdict {
    let rows = [(first, phones[0], 0.0), (second, phones[1], apart_m)];
    let state = stages::run(&REFERENCE, &[submissions(&rows, "")], 2).expect("a run");
    let turned = [rows[1], rows[0]];
    let other = stages::run(&REFERENCE, &[submissions(&turned, "")], 2).expect("a run");
    let verdicts = |state: &Published| {
        let mut all: Vec<Verdict> = state.submissions.iter().map(|s| s.verdict).collect();
        all.sort_unstable();
        all
    };
    let all = verdicts(&state);
    assert_eq!(verdicts(&other), all, "the order of {first} and {second}");
    all[1]
}

#[test]
fn outside_the_register_one_name_in_another_spelling_is_one_household_where_phone_and_place_agree()
{
    let one = ["0905123456"; 2];
    for name in
        ["Nguyễn Văn Hùng", "Ng. V. Hùng", "Hùng Nguyễn Văn", "Nguyễn Văn Hnùg", "Nguyen Van Hung"]
    {
        assert_eq!(outside("Nguyễn Văn Hùng", name, one, 8.0), Verdict::Duplicate, "{name}");
        // A name and nothing else makes nobody the same.
        assert_eq!(outside("Nguyễn Văn Hùng", name, ["", ""], 150.0), Verdict::Accepted, "{name}");
    }
}

#[test]
fn outside_the_register_brothers_who_share_a_house_and_a_phone_stay_apart() {
    let one = ["0905123456"; 2];
    for (first, second) in [
        ("Nguyễn Văn Hùng", "Nguyễn Văn Hưng"),
        ("Lê Thị Thủy", "Lê Thị Thúy"),
        ("Trần Văn Tân", "Trần Văn Tuân"),
        ("Nguyễn Văn Hùng", "Nguyễn Viết Hùng"),
        ("Nguyễn Văn Hùng", "N. V. H."),
    ] {
        assert_eq!(outside(first, second, one, 8.0), Verdict::Accepted, "{first}, {second}");
    }
}

#[test]
fn a_common_name_needs_more_than_a_rare_one() {
    // Thirty metres apart, nothing else: sure of a rare name, a question of a common one.
    let near = |name: &str| outside(name, name, ["", ""], 25.0);
    assert_eq!(near("Tôn Thất Bảo Khuê"), Verdict::Duplicate);
    assert_eq!(near("Nguyễn Thị Lan"), Verdict::Held);
}
