//! Which column is which: survey exports, mapping files, sensitive columns, and what is shown.

use diachiso_model::{Field, RegisterField as R, RuleCode, SubmissionField as S};
use diachiso_source::{
    Mapping, MappingFile, MatchKind, RowBlock, SourceError, find_columns, map_columns,
    map_columns_with, open,
};
use std::error::Error as _;

fn block(text: &str) -> RowBlock {
    let (mut all, mut block) = (RowBlock::new(), RowBlock::new());
    let mut source = open("a.csv", text.as_bytes()).expect("opens");
    while source.next_block(&mut block, 100).expect("reads") > 0 {
        block.rows().for_each(|row| all.push_row(row.number, row.cells()));
    }
    all
}

/// `field: heading (how)` of every column, `-` where it means nothing, `!` where it is sensitive.
fn described<F: Field>(mapping: &Mapping<F>) -> Vec<String> {
    let describe = mapping.describe();
    let line = |column: &diachiso_source::ColumnUse<'_, F>| {
        let what = match column.field {
            Some((field, how)) => format!("{} {how:?}", field.key()),
            None if column.sensitive => "!".to_owned(),
            None => "-".to_owned(),
        };
        format!("{} {} {what}", column.letters(), column.heading)
    };
    describe.iter().map(line).collect()
}

#[track_caller]
fn check(heading: &str, expected: &[&str]) {
    let mapping = map_columns::<S>("a.csv", &block(heading)).expect("maps");
    assert_eq!(described(&mapping), expected);
}

#[test]
fn a_kobo_export_is_mapped_without_a_mapping_file() {
    check(
        "start,end,group_head/ho_ten,group_head/sdt,xa,group-vi_tri-_vi_do_latitude,\
         _toa_do_longitude,_toa_do_altitude,_toa_do_precision,_id,_uuid,_submission_time",
        &[
            "A start -",
            "B end -",
            "C group_head/ho_ten head GroupPath",
            "D group_head/sdt phone GroupPath",
            "E xa commune Synonym",
            "F group-vi_tri-_vi_do_latitude latitude GroupPath",
            "G _toa_do_longitude longitude GroupPath",
            "H _toa_do_altitude -",
            "I _toa_do_precision accuracy GroupPath",
            "J _id -",
            "K _uuid -",
            "L _submission_time collected_on Fallback",
        ],
    );
}

#[test]
fn the_time_of_submission_stands_in_only_where_no_other_column_tells_the_day() {
    check(
        "_submission_time,_id,Họ tên,Xã,g/ngay_khao_sat",
        &[
            "A _submission_time -",
            "B _id -",
            "C Họ tên head Synonym",
            "D Xã commune Synonym",
            "E g/ngay_khao_sat collected_on GroupPath",
        ],
    );
}

#[test]
fn an_odk_central_export_parts_groups_by_dashes() {
    check(
        "SubmissionDate,nha-ho_ten,nha-xa,nha-toa_do-Latitude,nha-toa_do-Longitude,\
         nha-toa_do-Altitude,nha-toa_do-Accuracy,KEY",
        &[
            "A SubmissionDate collected_on Fallback",
            "B nha-ho_ten head GroupPath",
            "C nha-xa commune GroupPath",
            "D nha-toa_do-Latitude latitude GroupPath",
            "E nha-toa_do-Longitude longitude GroupPath",
            "F nha-toa_do-Altitude -",
            "G nha-toa_do-Accuracy accuracy GroupPath",
            "H KEY -",
        ],
    );
}

#[test]
fn a_direct_heading_is_better_than_one_behind_a_group() {
    check(
        "nguoi_nhap/ho_ten,Họ tên,Xã,Ngày",
        &[
            "A nguoi_nhap/ho_ten -",
            "B Họ tên head Synonym",
            "C Xã commune Synonym",
            "D Ngày collected_on Synonym",
        ],
    );
}

const FILE: &str = "UBND XÃ\n\nTên hộ,Nơi,Lúc,B,Diện hộ,Lat 1,Lat 2\nLài,QP,1/3/2024,x,1,16,17\n";

fn with(text: &str, mapping_file: &str) -> Result<Mapping<S>, SourceError> {
    map_columns_with("a.csv", &block(text), &mapping_file.parse().expect("a mapping file"))
}

#[test]
fn a_mapping_file_decides_over_what_headings_say() {
    let mapping = with(
        FILE,
        "[columns]\nhead = \"ten ho\"\ncommune = \"Nơi\"\ncollected_on = 3\nnote = \"B\"\n\
         latitude = \"G\"\npoverty = false\n",
    )
    .expect("maps");
    assert_eq!(mapping.header_row(), 3);
    let expected = [
        "A Tên hộ head Override",
        "B Nơi commune Override",
        "C Lúc collected_on Override",
        "D B note Override",
        "E Diện hộ -",
        "F Lat 1 -",
        "G Lat 2 latitude Override",
    ];
    assert_eq!(described(&mapping), expected);
    let block = block(FILE);
    assert_eq!(mapping.get(block.row(2), S::Head), "Lài");
    assert_eq!(mapping.get(block.row(2), S::Latitude), "17");
}

#[test]
fn a_column_given_to_one_field_is_taken_from_the_field_of_its_heading() {
    let text = "Họ tên,Xã,Ngày,Ghi chú\nLài,QP,1/3/2024,Phước Lập\n";
    let mapping = with(text, "[columns]\nvillage = \"Ghi chú\"").expect("maps");
    assert_eq!(mapping.column(S::Village), Some(3));
    assert_eq!(mapping.column(S::Note), None);
    assert_eq!(mapping.column(S::Head), Some(0));
    let empty = map_columns_with::<S>("a.csv", &block(text), &MappingFile::default());
    assert_eq!(
        described(&empty.expect("maps")),
        described(&map_columns::<S>("a.csv", &block(text)).expect("maps"))
    );
}

#[test]
fn a_file_without_a_heading_is_mapped_by_letters() {
    let text = "Võ Thị Lài,Quảng Phước,1/3/2024\nLê Bé,Quảng An,2/3/2024\n";
    let file = "heading_row = 0\n[columns]\nhead = \"A\"\ncommune = 2\ncollected_on = \"C\"\n";
    let mapping = with(text, file).expect("maps");
    assert_eq!(mapping.header_row(), 0);
    let rows = block(text);
    let skipped = |row| diachiso_source::non_record(&mapping, row).is_some();
    assert!(!rows.rows().any(skipped));
    assert_eq!(mapping.get(rows.row(0), S::Head), "Võ Thị Lài");
    let expected = ["A  head Override", "B  commune Override", "C  collected_on Override"];
    assert_eq!(described(&mapping), expected);
}

#[test]
fn the_row_of_the_heading_can_be_said() {
    let text = "Họ tên,Xã,Ngày\n,Nơi,\na,b,c\nd,e,f\n";
    let file = |row: u32| {
        format!("heading_row = {row}\n[columns]\nhead = 1\ncommune = 2\ncollected_on = 3\n")
    };
    for row in 1..=4 {
        assert_eq!(with(text, &file(row)).expect("maps").header_row(), row);
    }
    let error = with(text, &file(5)).err().and_then(|e| e.source().map(ToString::to_string));
    assert!(error.is_some_and(|error| error.contains("row 5")));
}

#[test]
fn a_mapping_file_that_does_not_fit_says_where() {
    #[track_caller]
    fn refuse(text: &str, mapping_file: &str, words: &[&str]) {
        let error = with(text, mapping_file).expect_err("is refused");
        assert_eq!((error.rule(), error.name()), (RuleCode::F02, "a.csv"));
        let mut text = error.to_string();
        if let Some(source) = error.source() {
            text = format!("{text}: {source}");
        }
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    let known = "Họ tên,Xã,Ngày,Cột,Cột\na,b,c,d,e\n";
    refuse(known, "[columns]\nhaed = 1", &["`haed`", "head"]);
    refuse(known, "[columns]\nvillage = \"Thon\"", &["no column", "`Thon`"]);
    refuse(known, "[columns]\nvillage = \"cột\"", &["columns D and E", "letter"]);
    refuse(known, "[columns]\nvillage = 9", &["no column 9", "5"]);
    refuse(known, "[columns]\nvillage = \"J\"", &["`J`"]);
    refuse(known, "[columns]\nnote = 4\nvillage = \"D\"", &["column 4", "`note`", "`village`"]);
    refuse(known, "[columns]\nhead = false", &["lacks `Họ và tên chủ hộ`"]);
    refuse("p,q,r\n1,2,3\n", "[columns]\nhead = \"A\"", &["`heading_row`"]);
}

/// A register under headings that nobody knows, and what people say of them.
const STRANGE: &str = "Cột 1,Cột 2,Cột 3,Cột 4,Cột 5,Tôn giáo\n\
    H1,Võ Thị Lài,Thôn Hà Hải,Xã Quảng Phước,4,x\nH2,Lê Tám,Thôn Phò Mai,Xã Quảng Phước,2,y\n";
const SAID: &str = "heading_row = 1\n[columns]\nhousehold_id = 1\nhead = 2\nvillage = 3\ncommune = 4\nmembers = 5\n";

#[test]
fn a_register_under_headings_that_nobody_knows_is_read_by_a_mapping_file() {
    let (mut rows, file) = (block(STRANGE), SAID.parse::<MappingFile>().expect("parses"));
    assert!(map_columns::<R>("ho.csv", &rows).is_err(), "the headings say nothing");
    let mapping = map_columns_with::<R>("ho.csv", &rows, &file).expect("maps");
    let expected = [
        "A Cột 1 household_id Override",
        "B Cột 2 head Override",
        "C Cột 3 village Override",
        "D Cột 4 commune Override",
        "E Cột 5 members Override",
        "F Tôn giáo !",
    ];
    assert_eq!(described(&mapping), expected);
    rows.blank(mapping.sensitive(), mapping.header_row());
    let cells: Vec<&str> = rows.row(2).cells().collect();
    assert_eq!(cells, ["H2", "Lê Tám", "Thôn Phò Mai", "Xã Quảng Phước", "2", ""]);
    // As far as it is said it is told, with what is missing still.
    let part =
        "heading_row = 1\n[columns]\nhousehold_id = 1\nvillage = 3\n".parse().expect("parses");
    let (found, missing) = find_columns::<R>("ho.csv", &rows, &part).expect("is told");
    assert_eq!((found.column(R::Village), found.column(R::Head)), (Some(2), None));
    assert_eq!(missing, ["Họ và tên chủ hộ", "Xã/Phường"]);
    // What submissions have means nothing in a register, and says what there is.
    let file: MappingFile = "[columns]\nlatitude = 1\n".parse().expect("parses");
    let error = map_columns_with::<R>("ho.csv", &rows, &file).expect_err("is refused");
    let words = error.source().expect("a reason").to_string();
    assert!(words.contains("`latitude`") && words.contains("household_id"), "{words}");
}

#[test]
fn a_list_of_the_poor_is_read_by_the_columns_that_stand_in_for_its_ids() {
    let text = "Cột 1,Cột 2,Cột 3,Cột 4\n\
        Võ Thị Lài,\"3 Xóm 1, Thôn Hà Hải, xã Quảng Phước\",Hộ nghèo,QĐ 12 ngày 15/12/2023\n";
    let said = "heading_row = 1\n[columns]\nhead = 1\naddress = 2\npoverty = 3\n";
    let map = |said: &str| {
        map_columns_with::<R>("ngheo.csv", &block(text), &said.parse().expect("parses"))
    };
    let error = map(said).expect_err("without the decision it is a register that lost its ids");
    let SourceError::MissingColumns { names, .. } = error else { panic!("{error}") };
    assert_eq!(names, ["Mã hộ", "Thôn/Tổ dân phố", "Xã/Phường"]);
    let mapping = map(&format!("{said}decision = 4\n")).expect("maps");
    assert_eq!(mapping.column(R::Decision), Some(3));
}

#[test]
fn identity_numbers_are_given_to_no_field_that_is_kept_as_it_stands() {
    #[track_caller]
    fn refused<F: Field>(text: &str, said: &str, field: &str) {
        let file: MappingFile = said.parse().expect("parses");
        let error = map_columns_with::<F>("a.csv", &block(text), &file).expect_err("is refused");
        let words = error.source().expect("a reason").to_string();
        assert!(words.contains("identity numbers") && words.contains(field), "{words}");
    }
    let register = "Mã hộ,Họ tên chủ hộ,Thôn,Xã,Số CCCD\nH1,Lài,PL,QP,046086012345\n";
    refused::<R>(register, "[columns]\nhousehold_id = 5\n", "`household_id`");
    refused::<R>(register, "[columns]\nhousehold_id = \"Số CCCD\"\n", "`household_id`");
    let rows = "Họ tên,Xã,Ngày,CCCD,\n,,,Số,Ngày cấp\nLài,QP,1/3/2024,046086012345,2/2/2022\n";
    refused::<S>(rows, "[columns]\nnote = 4\n", "`note`");
    // Beside it, and for what is sealed, columns are given as before.
    for said in ["note = 5", "identity = 4"] {
        with(rows, &format!("[columns]\n{said}\n")).expect("maps");
    }
}

#[test]
fn sensitive_columns_are_marked_and_can_be_taken_out_before_anything_is_kept() {
    let text = "STT,Họ tên,Xã,Ngày,Số CCCD,Tôn giáo,DAN TOC,Dân số,Số tài khoản,Số CMND cũ\n\
                1,Lài,QP,1/3/2024,046086012345,Phật,Kinh,4,123,191234567\n";
    let mut block = block(text);
    let mapping = map_columns::<S>("a.csv", &block).expect("maps");
    assert_eq!(mapping.column(S::Identity), Some(4));
    assert_eq!(mapping.sensitive(), [5, 6, 8, 9]);
    assert_eq!(mapping.unknown(), [5, 6, 7, 8, 9]);
    assert_eq!(described(&mapping)[5..8], ["F Tôn giáo !", "G DAN TOC !", "H Dân số -"]);
    block.blank(mapping.sensitive(), mapping.header_row());
    let cells: Vec<&str> = block.row(1).cells().collect();
    assert_eq!(cells, ["1", "Lài", "QP", "1/3/2024", "046086012345", "", "", "4", "", ""]);
    assert_eq!(block.row(0).get(5), "Tôn giáo");
}

#[test]
fn an_identity_number_in_a_register_is_sensitive_since_nothing_takes_it() {
    let text = "Mã hộ,Họ tên chủ hộ,Thôn,Xã,CCCD\nH1,Lài,PL,QP,046086012345\n";
    let mapping = map_columns::<R>("a.csv", &block(text)).expect("maps");
    assert_eq!(mapping.sensitive(), [4]);
}

#[test]
fn a_sensitive_word_over_a_merged_heading_marks_the_columns_below_it_only() {
    let text = "STT,Họ tên,Địa chỉ,,Ngân hàng,,Khác\n,,Thôn,Xã,Tên,Số,Màu\n\
                1,Lài,PL,QP,VCB,123,xanh\n";
    let text = text.replace("Khác", "Ngày");
    let mapping = map_columns::<S>("a.csv", &block(&text)).expect("maps");
    assert_eq!(mapping.header_row(), 2);
    assert_eq!(mapping.sensitive(), [4, 5]);
    assert_eq!(MatchKind::Synonym, mapping.describe()[1].field.expect("known").1);
}
