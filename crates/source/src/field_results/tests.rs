use super::*;

const HEADING: &str =
    "Ghi chú;Kết quả;Họ và tên chủ hộ;Mã hộ;Địa chỉ;Thôn/Tổ dân phố;Mã dòng;Mã kiểm tra";

fn read(rows: &str) -> FieldResults {
    let text = format!("DANH SÁCH HỘ\n{HEADING}\n{rows}");
    read_field_results("kq.csv", text.as_bytes()).expect("reads")
}

#[test]
fn rows_in_any_order_with_moved_columns_say_what_was_found() {
    let found = read(
        "gọi sau;vang nha;Võ Thị Lài;H2;;;police|H2;k2\n\
         ;;Lê Bé;H9;;;police|H9;k9\n\
         ;Gone;Lê Văn A;'-H1;;;police|-H1;k1\n\
         ;hộ mới;Trần C;;3 Lê Lợi;Phước Lập;;\n",
    );
    assert_eq!(found.rejects, []);
    assert_eq!(found.ignored, 1, "a row without a result says nothing");
    let told: Vec<_> = found
        .rows
        .iter()
        .map(|r| (r.row, r.word, r.key.as_ref().map(RowKey::household), &*r.check, &*r.note))
        .collect();
    assert_eq!(
        told,
        [
            (3, ResultWord::Absent, Some("H2"), "k2", "gọi sau"),
            (5, ResultWord::Gone, Some("-H1"), "k1", ""),
            (6, ResultWord::New, None, "", ""),
        ]
    );
    assert_eq!((&*found.rows[2].head, &*found.rows[2].address), ("Trần C", "3 Lê Lợi"));
}

#[test]
fn what_cannot_be_used_is_told_with_row_column_and_value() {
    #[track_caller]
    fn check(row: &str, column: &str, value: &str, fault: ResultFault) {
        let found = read(&format!("{row}\n"));
        assert_eq!(found.rows, [], "{row}");
        let [reject] = found.rejects.as_slice() else { panic!("{:?}", found.rejects) };
        assert_eq!((reject.row, &*reject.column, &*reject.value), (3, column, value));
        assert_eq!(reject.fault, fault);
    }
    check(";vắng tanh;Lê A;H1;;;police|H1;k", "Kết quả", "vắng tanh", ResultFault::UnknownWord);
    check(";vắng nhà;Lê A;H1;;;;k", "Mã dòng", "", ResultFault::NoId);
    check(";vắng nhà;Lê A;H1;;;H1;k", "Mã dòng", "H1", ResultFault::BadId);
    check(";vắng nhà;Lê A;H2;;;police|H1;k", "Mã hộ", "H2", ResultFault::OtherHousehold);
    check(";hộ mới;Lê A;H1;x;y;police|H1;k", "Kết quả", "hộ mới", ResultFault::NewListed);
    check(";hộ mới;;;3 Lê Lợi;;;", "Họ và tên chủ hộ", "", ResultFault::Unnamed);
    check(";hộ mới;Lê A;;;;;", "Họ và tên chủ hộ", "Lê A", ResultFault::Unnamed);
}

#[test]
fn a_file_without_a_result_column_is_refused_and_one_heading_may_come_again() {
    let error = read_field_results("a.csv", "Mã hộ;Họ và tên chủ hộ\nH1;Lê A\n".as_bytes());
    assert!(error.expect_err("no results").to_string().contains("Kết quả"));
    let found = read(&format!("{HEADING}\n;done;Lê A;H1;;;police|H1;k\n"));
    assert_eq!((found.rows.len(), found.rejects.len(), found.ignored), (1, 0, 1));
}

#[test]
fn more_results_than_a_file_may_have_are_refused() {
    let rows = ";done;A;H;;;police|H;k\n".repeat(MAX_RESULTS + 1);
    let text = format!("{HEADING}\n{rows}");
    let error = read_field_results("a.csv", text.as_bytes()).expect_err("too many");
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
}

#[test]
fn the_lists_that_rows_are_of_are_told_those_without_a_result_too() {
    let found = read(
        ";vắng nhà;Lê A;H1;;;police|H1;v1/2026-06-30/none/M01+G07/a_-9/0f3c\n\
         ;;Lê B;H2;;;police|H2;v1/2026-06-30/none//b1/77aa\n\
         ;;Lê C;H3;;;police|H3;v1/2026-06-30/none///77ab\n\
         ;;Lê D;H4;;;police|H4;không phải/của/ai\n\
         ;;Lê E;H5;;;police|H5;v1/2026-06-30/none//b1/77ac\n",
    );
    let exports: Vec<&str> = found.exports.iter().map(|id| &**id).collect();
    assert_eq!(exports, ["a_-9", "b1"]);
    let many = |count: usize| {
        let row = |n| format!(";;Lê;H{n};;;police|H{n};v1/2026-06-30/none//x{n}/77\n");
        let text = format!("{HEADING}\n{}", (0..count).map(row).collect::<String>());
        read_field_results("kq.csv", text.as_bytes()).map(|found| found.exports.len())
    };
    assert_eq!(many(MAX_EXPORTS).ok(), Some(MAX_EXPORTS));
    assert!(many(MAX_EXPORTS + 1).is_err());
}
