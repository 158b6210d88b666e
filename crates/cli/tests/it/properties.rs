//! Conservation, and a published state that depends on the set of rows alone, over files full of dirt.

use std::{collections::BTreeSet, sync::LazyLock};

use crate::support::stages;
use diachiso_model::{Published, SourceKind};
use diachiso_pipeline::{Reference, RunError};
use proptest::prelude::*;
use stages::FileBytes;

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

const SUBMISSION_HEADING: &[&str] = &[
    "STT",
    "Mã phiếu",
    "Mã địa chỉ số",
    "Họ và tên chủ hộ",
    "Số ĐDCN/CCCD",
    "Số điện thoại",
    "Số nhà",
    "Tên đường",
    "Thôn/Tổ dân phố",
    "Xã/Phường/Thị trấn",
    "Số nhân khẩu",
    "Diện hộ",
    "Vĩ độ",
    "Kinh độ",
    "Căn cứ xử lý",
    "Sai số GPS (m)",
    "Ngày thu thập",
    "Ghi chú",
];
const REGISTER_HEADING: &[&str] = &[
    "STT",
    "Mã hộ",
    "Họ và tên chủ hộ",
    "Thôn/Tổ dân phố",
    "Xã/Phường",
    "Mã xã",
    "Địa chỉ",
    "Tình trạng cư trú",
    "Số nhân khẩu",
    "Diện hộ",
    "Nguồn",
    "Ngày chốt",
];

/// What a column may hold: few values, so that rows meet, and all the damages.
fn cell(column: &str) -> BoxedStrategy<String> {
    let pool: &'static [&'static str] = match column {
        "STT" => &["1", "2", "", "(1)"],
        "Mã phiếu" => &["P1", "P2", ""],
        "Mã địa chỉ số" => {
            &["4920700001", "49 207.00001", "492O700002", "7P8Q", "", "9999900001"]
        }
        "Họ và tên chủ hộ" => &[
            "Võ Thị Lài",
            "VÕ THỊ LÀI",
            "Vo Thi Lai",
            "Tôn Thất Hòa",
            "Tôn Thất Hoà",
            "T«n ThÊt Hßa",
            "Nguy?n V?n An",
            "Nguyeãn Vaên An",
            "Nguyễn Văn An",
            "không rõ",
            "A",
            "",
            "Cộng thôn Phước Lập",
            "Người lập biểu",
        ],
        "Số ĐDCN/CCCD" => &["046090001234", "4.6086E+10", "123456789", "12", ""],
        "Số điện thoại" => {
            &["0905123456", "+84 905 123 456", "01228123456", "905123456", "không có", ""]
        }
        "Số nhà" => &["12", "12-Mar", "22/31", "K22/31", "", "0"],
        "Tên đường" => &["Xóm 3", "Tố Hữu", "", "Xãm 3"],
        "Thôn/Tổ dân phố" => {
            &["Thôn Phước Lập", "T. Phước Lập", "phước lập", "Thôn Không Có", "", "TDP 5"]
        }
        "Xã/Phường/Thị trấn" | "Xã/Phường" => &[
            "Xã Quảng Phước",
            "Quảng Phước",
            "X· Qu¶ng Ph\u{ad}íc",
            "Xã Quảng Điền",
            "Xã Quảng Phú",
            "19882",
            "Nơi nào",
            "",
        ],
        "Mã xã" => &["19882", "19867", "99999", ""],
        "Số nhân khẩu" => &["4", "0", "25", "bốn", "", "4,0"],
        "Diện hộ" => &["Hộ nghèo", "Cận nghèo", "Không", ""],
        "Vĩ độ" => &[
            "16.573500",
            "16,5735",
            "107.506",
            "16°34'24.6\"N",
            "1833104.411",
            "0",
            "",
            "NaN",
            "-91",
            "1e400",
        ],
        "Kinh độ" => &[
            "107.506000",
            "107,506",
            "16.5735",
            "107°30'21.6\"E",
            "553801.983",
            "0",
            "",
            "inf",
            "361",
        ],
        "Sai số GPS (m)" => &["8", "60", "", "-3"],
        "Căn cứ xử lý" => &["Đồng ý", "Đồng ý", "Đồng ý", ""],
        "Ngày thu thập" => {
            &["01/07/2024", "45474", "31/02/2024", "01/01/2031", "2024-07-01", "", "hôm qua"]
        }
        "Ghi chú" => &["ở chung nhà", "", "=cmd|' /C calc'!A0"],
        "Mã hộ" => &["H1", "H2", "H3", "H4", "H5", ""],
        "Địa chỉ" => &["12 Xóm 3", "31 kiệt 22 Tố Hữu", "Xóm 3", ""],
        "Tình trạng cư trú" => &["Thường trú", "Đã chuyển đi", "Đi vắng", ""],
        "Nguồn" => &["Công an", "Thống kê", ""],
        "Ngày chốt" => &["31/03/2024", "30/06/2024", "32/13/2024", ""],
        other => panic!("no pool for {other}"),
    };
    prop_oneof![24 => prop::sample::select(pool).prop_map(str::to_owned), 1 => "\\PC{0,12}"].boxed()
}

fn rows(heading: &[&'static str], most: usize) -> impl Strategy<Value = Vec<Vec<String>>> + use<> {
    let row: Vec<_> = heading.iter().map(|column| cell(column)).collect();
    prop::collection::vec(row, 1..most)
}

fn csv(heading: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heading).expect("in memory");
    for row in rows {
        writer.write_record(row).expect("in memory");
    }
    writer.into_inner().expect("in memory")
}

/// The register, and the submissions in files of so many rows.
fn files(register: &[Vec<String>], submissions: &[Vec<String>], size: usize) -> Vec<FileBytes> {
    let whole = (SourceKind::Register, "ho.csv".to_owned(), csv(REGISTER_HEADING, register));
    let batches = submissions.chunks(size).enumerate().map(|(at, rows)| {
        (SourceKind::Submissions, format!("phieu-{at}.csv"), csv(SUBMISSION_HEADING, rows))
    });
    std::iter::once(whole).chain(batches).collect()
}

/// Every row of every file is in exactly one place.
fn check_conservation(state: &Published, files: &[FileBytes]) {
    let mut places: Vec<Vec<u32>> = vec![Vec::new(); files.len()];
    let submissions = state.submissions.iter().map(|s| (s.file, s.row));
    let repeats = state.repeats.iter().map(|r| (r.at.file, r.at.row));
    let skipped = state.skipped.iter().map(|s| (s.at.file, s.at.row));
    let rejects = state.register_rejects.iter().map(|r| (r.at.file, r.at.row));
    for (file, row) in submissions.chain(repeats).chain(skipped).chain(rejects) {
        places[file as usize].push(row);
    }
    for (report, places) in state.files.iter().zip(&places) {
        assert!(report.conserved(), "{report:?}");
        let once: BTreeSet<u32> = places.iter().copied().collect();
        assert_eq!(once.len(), places.len(), "{}: a row is in two places", report.name);
        // Register lines that were used are households, which do not say where they came from.
        let used = match report.kind {
            SourceKind::Register => report.verdicts[0] + report.verdicts[2],
            SourceKind::Submissions => 0,
        };
        assert_eq!(places.len() as u64 + used, report.rows_read, "{}", report.name);
    }
}

/// A register without one usable line is refused as a whole, which is no matter of conservation.
fn run(files: &[FileBytes], threads: usize) -> Option<Published> {
    match stages::run(&REFERENCE, files, threads) {
        Ok(state) => Some(state),
        Err(RunError::EmptyRegister { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_row_read_ends_in_one_place(
        register in rows(REGISTER_HEADING, 12),
        submissions in rows(SUBMISSION_HEADING, 40),
    ) {
        let files = files(&register, &submissions, 15);
        if let Some(state) = run(&files, 1) {
            check_conservation(&state, &files);
        }
    }

    #[test]
    fn order_batching_repeats_and_threads_do_not_matter(
        register in rows(REGISTER_HEADING, 12),
        (submissions, shuffled) in rows(SUBMISSION_HEADING, 40)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        size in 1_usize..40,
        again in any::<bool>(),
        threads in 1_usize..4,
    ) {
        let Some(state) = run(&files(&register, &submissions, 1000), 1) else { return Ok(()) };
        let mut other = files(&register, &shuffled, size);
        other.reverse();
        if again {
            let (kind, _, bytes) = other[0].clone();
            other.push((kind, "lai.csv".into(), bytes));
        }
        let other = run(&other, threads).expect("the same register");
        prop_assert_eq!(stages::state_text(&state), stages::state_text(&other));
    }
}
