//! The corpus of `fixtures/dirty/rows.csv`: a clean row with one thing wrong, or two, and what must come of it.

use std::collections::{BTreeSet, HashMap};

use crate::support::stages;
use diachiso_model::{Field as _, Published, SourceKind, SubmissionField, Verdict};
use diachiso_pipeline::Reference;
use diachiso_testkit::workspace_root;

/// The register that the rows are held against.
const REGISTER: &str = "\
Mã hộ,Họ và tên chủ hộ,Năm sinh,Thôn/Tổ dân phố,Xã/Phường,Mã xã,Địa chỉ,Tình trạng cư trú,Số nhân khẩu,Diện hộ,Nguồn,Ngày chốt
H1,Võ Thị Lài,1990,Thôn Hà Hải,Xã Quảng Phước,19882,12 Xóm 3,Đang cư trú,4,,Công an,31/03/2024
H2,Hồ Văn Lực,1985,Thôn Hà Hải,Xã Quảng Phước,19882,20 Xóm 3,Đang cư trú,4,,Công an,31/03/2024
H3,Lê Thị Hoa,1970,Thôn Phò Mai,Xã Quảng Phước,19882,5 Xóm 1,Đang cư trú,3,,Công an,31/03/2024
H4,Phan Văn Chín,1960,Thôn Hà Hải,Xã Quảng Phước,19882,40 Xóm 3,Đã chuyển đi,4,,Công an,31/03/2024
H5,Phan Thị Mười,1961,Thôn Hà Hải,Xã Quảng Phước,19882,42 Xóm 3,Đi vắng,4,,Công an,31/03/2024
H6,Cao Văn Đôi,1962,Thôn Hà Hải,Xã Quảng Phước,19882,,Đang cư trú,3,,Công an,31/03/2024
H7,Cao Văn Đôi,1963,Thôn Hà Hải,Xã Quảng Phước,19882,,Đang cư trú,3,,Công an,31/03/2024
H8,Trần Thị Lê,1950,Thôn Bao Chánh,Xã Quảng Thái,19870,3 Xóm 1,Đang cư trú,2,,Công an,31/03/2024
";

/// What the clean row says; a case gives only what it changes.
const CLEAN: &[(SubmissionField, &str)] = {
    use SubmissionField as F;
    &[
        (F::Code, "4920700012"),
        (F::Head, "Võ Thị Lài"),
        (F::Identity, "046190001234"),
        (F::Phone, "0905123456"),
        (F::HouseNumber, "12"),
        (F::Street, "Xóm 3"),
        (F::Village, "Thôn Hà Hải"),
        (F::Commune, "Xã Quảng Phước"),
        (F::District, "Huyện Quảng Điền"),
        (F::Members, "4"),
        (F::Latitude, "16.600661"),
        (F::Longitude, "107.533863"),
        (F::System, "WGS84"),
        (F::Accuracy, "8"),
        (F::Collector, "Nguyễn Thị Bé"),
        (F::CollectedOn, "01/07/2024"),
        (F::LegalBasis, "Đồng ý của chủ hộ"),
    ]
};

/// One row of the corpus.
struct Case {
    what: String,
    rows: Vec<HashMap<SubmissionField, String>>,
    expected: Vec<(Verdict, BTreeSet<String>)>,
}

/// `key=value;key=value | key=value`: rows, and what each changes.
fn changes(text: &str) -> Vec<HashMap<SubmissionField, String>> {
    let field = |key: &str| {
        let known = SubmissionField::ALL.iter().find(|f| f.key() == key.trim());
        *known.unwrap_or_else(|| panic!("no column `{key}`"))
    };
    let pair = |change: &str| {
        let (key, value) = change.split_once('=').unwrap_or_else(|| panic!("`{change}`"));
        (field(key), value.to_owned())
    };
    text.split(" | ")
        .map(|row| row.split(';').filter(|change| !change.trim().is_empty()).map(pair).collect())
        .collect()
}

fn cases() -> Vec<Case> {
    let path = workspace_root().join("fixtures/dirty/rows.csv");
    let mut reader = csv::Reader::from_path(path).expect("the corpus");
    let case = |record: csv::StringRecord| {
        let verdicts = record[2].split(' ').map(|v| Verdict::from_key(v).expect("a verdict"));
        let codes = record[3].split('|').map(|c| c.split_whitespace().map(str::to_owned).collect());
        Case {
            what: record[0].to_owned(),
            rows: changes(&record[1]),
            expected: verdicts.zip(codes).collect(),
        }
    };
    reader.records().map(|record| case(record.expect("a record"))).collect()
}

fn submissions(rows: &[HashMap<SubmissionField, String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(SubmissionField::ALL.iter().map(|f| f.title())).expect("in memory");
    for row in rows {
        let cell = |field: &SubmissionField| {
            let clean = CLEAN.iter().find(|(f, _)| f == field).map_or("", |(_, value)| *value);
            row.get(field).map_or(clean, String::as_str).to_owned()
        };
        writer.write_record(SubmissionField::ALL.iter().map(cell)).expect("in memory");
    }
    writer.into_inner().expect("in memory")
}

/// Verdict and codes of every row, in their order; a row folded into another has no findings of its own.
fn outcomes(state: &Published) -> Vec<(Verdict, BTreeSet<String>)> {
    let rows = state.submissions.iter().map(|s| {
        let codes = s.findings.iter().map(|f| f.code.to_string()).collect();
        (s.row, (s.verdict, codes))
    });
    let repeats = state.repeats.iter().map(|r| (r.at.row, (Verdict::Duplicate, BTreeSet::new())));
    let mut all: Vec<_> = rows.chain(repeats).collect();
    all.sort_by_key(|(row, _)| *row);
    all.into_iter().map(|(_, outcome)| outcome).collect()
}

#[test]
fn every_dirty_row_gets_its_verdict_and_its_codes_and_no_others() {
    let reference = Reference::load([]).expect("reference data");
    let cases = cases();
    assert!(cases.iter().map(|c| c.rows.len()).sum::<usize>() >= 150, "the corpus is whole");
    let mut wrong = Vec::new();
    for case in &cases {
        let files = [
            (SourceKind::Register, "ho.csv".to_owned(), REGISTER.as_bytes().to_vec()),
            (SourceKind::Submissions, "phieu.csv".to_owned(), submissions(&case.rows)),
        ];
        let state = stages::run(&reference, &files, 1).expect("a run");
        let got = outcomes(&state);
        if got != case.expected {
            wrong
                .push(format!("{}\n  expected {:?}\n  got      {got:?}", case.what, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
