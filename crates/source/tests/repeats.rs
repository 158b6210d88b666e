//! Files of households with their members in a repeat group: counted, and nothing else kept of them.

#[path = "support/zip.rs"]
mod zip;

use diachiso_model::{Field as _, RegisterField, SubmissionField as S};
use diachiso_source::{
    ArchiveWriter, Mapping, MatchKind, RowBlock, map_columns, map_columns_with, non_record, open,
    open_archive,
};
use rust_xlsxwriter::Workbook;
use zip::zip;

/// A file as it is after columns were mapped and sensitive cells blanked.
struct Read {
    mapping: Mapping<S>,
    block: RowBlock,
}

fn read(name: &str, bytes: &[u8]) -> Read {
    let mut source = open(name, bytes).expect("opens");
    let (mut all, mut block) = (RowBlock::new(), RowBlock::new());
    while source.next_block(&mut block, 2).expect("reads") > 0 {
        block.rows().for_each(|row| all.push_row(row.number, row.cells()));
    }
    let mapping = map_columns::<S>(name, &all).expect("maps");
    all.blank(mapping.sensitive(), mapping.header_row());
    Read { mapping, block: all }
}

impl Read {
    /// Head and number of members of every household.
    fn households(&self) -> Vec<(&str, &str)> {
        let records = self.block.rows().filter(|row| non_record(&self.mapping, *row).is_none());
        let get = |row, field| self.mapping.get(row, field);
        records.map(|row| (get(row, S::Head), get(row, S::Members))).collect()
    }

    /// Number and reason of every row that is no household, the heading left out.
    fn others(&self) -> Vec<(u32, &'static str)> {
        let rows = self.block.rows().filter(|row| row.number > self.mapping.header_row());
        rows.filter_map(|row| Some((row.number, non_record(&self.mapping, row)?))).collect()
    }

    /// Headings of the columns that are told as dropped (C02).
    fn dropped(&self) -> Vec<&str> {
        let columns = self.mapping.describe();
        let dropped: Vec<usize> =
            columns.iter().filter(|c| c.sensitive).map(|c| c.column).collect();
        dropped.iter().map(|column| self.mapping.header()[*column].as_str()).collect()
    }

    fn how(&self) -> Option<MatchKind> {
        let of = |c: diachiso_source::ColumnUse<'_, S>| c.field.filter(|f| f.0 == S::Members);
        self.mapping.describe().into_iter().find_map(of).map(|(_, how)| how)
    }

    /// Fails if a text stands anywhere below the heading.
    #[track_caller]
    fn lacks(&self, text: &str) {
        let below = self.block.rows().filter(|row| row.number > self.mapping.header_row());
        for row in below {
            assert!(row.cells().all(|cell| !cell.contains(text)), "row {}", row.number);
        }
    }
}

// --- side by side ---

const WIDE: &str = "Họ và tên chủ hộ,Xã,Ngày thu thập,members[1]/name,members[1]/dob,members[2]/name\n\
                    Võ Thị Lài,Quảng Phước,1/3/2024,Bí Mật,1990,Bí Mật\n\
                    Lê Văn Hùng,Quảng Phước,1/3/2024,n/a,1990,\n\
                    Cao Thị Sen,Quảng Phước,1/3/2024,,n/a, \n";

#[test]
fn persons_side_by_side_are_counted_by_row_and_kept_out() {
    let file = read("a.csv", WIDE.as_bytes());
    let expected = [("Võ Thị Lài", "2"), ("Lê Văn Hùng", "1"), ("Cao Thị Sen", "")];
    assert_eq!(file.households(), expected);
    assert_eq!(file.how(), Some(MatchKind::Counted));
    assert_eq!(file.dropped(), ["members[1]/name", "members[1]/dob", "members[2]/name"]);
    file.lacks("Bí Mật");
    file.lacks("1990");
}

#[test]
fn points_colons_spaces_and_groups_around_make_no_difference() {
    for (slash, name) in [
        ("]/", "thanh_vien["),
        ("].", "thanh_vien["),
        ("]:", "nhom/ho.thanh_vien["),
        ("] / ", "Thành viên hộ ["),
        ("]/nhom/members/", "members["),
    ] {
        let text = WIDE.replace("]/", slash).replace("members[", name);
        let file = read("a.csv", text.as_bytes());
        assert_eq!(file.households()[0], ("Võ Thị Lài", "2"), "{slash}");
        assert_eq!(file.dropped().len(), 3, "{slash}");
        file.lacks("Bí Mật");
    }
}

#[test]
fn a_column_of_its_own_for_the_members_stands() {
    for own in ["Số nhân khẩu", "so_khau", "nhom_ho/so_khau"] {
        let text = WIDE.replacen("Ngày thu thập", &format!("Ngày thu thập,{own}"), 1);
        let text = text.replace("1/3/2024", "1/3/2024,9");
        let file = read("a.csv", text.as_bytes());
        assert_eq!(file.households()[0], ("Võ Thị Lài", "9"), "{own}");
        assert_eq!(file.dropped().len(), 3, "{own}");
        file.lacks("Bí Mật");
    }
}

#[test]
fn a_member_is_never_taken_for_the_head_of_the_household() {
    let survey = "start,end,_id,ho/members[1]/ho_ten,ho/members[1]/sdt,ho_ten,xa,today\n\
                  x,x,7,Bí Mật,0905123456,Võ Thị Lài,Quảng Phước,2024-03-01\n";
    let file = read("a.csv", survey.as_bytes());
    assert_eq!(file.households(), [("Võ Thị Lài", "1")]);
    assert_eq!(file.mapping.column(S::Phone), None);
    file.lacks("Bí Mật");
}

#[test]
fn a_mapping_file_may_take_a_member_for_the_head() {
    let text = WIDE.replacen("Họ và tên chủ hộ", "Ghi chú", 1);
    let mut block = RowBlock::new();
    open("a.csv", text.as_bytes()).expect("opens").next_block(&mut block, 9).expect("reads");
    assert!(map_columns::<S>("a.csv", &block).is_err(), "no member is taken for the head");
    let file = "[columns]\nhead = \"members[1]/name\"\n".parse().expect("a mapping file");
    let mapping = map_columns_with::<S>("a.csv", &block, &file).expect("maps");
    assert_eq!(mapping.get(block.row(1), S::Head), "Bí Mật");
    assert_eq!(mapping.sensitive(), [4, 5]);
}

#[test]
fn repeats_of_something_else_are_left_as_they_are() {
    let text = WIDE.replace("members[", "vat_nuoi[").replace("dob", "tuoi");
    let file = read("a.csv", text.as_bytes());
    assert_eq!(file.mapping.column(S::Members), None);
    assert_eq!(file.dropped(), [""; 0]);
    assert_eq!(file.block.row(1).get(3), "Bí Mật");
}

#[test]
fn a_register_is_counted_alike() {
    let text = "Mã hộ,Họ và tên chủ hộ,Thôn,Xã,members[1]/name,members[2]/name\n\
                H1,Võ Thị Lài,Phước Lập,Quảng Phước,Bí Mật,Bí Mật\n";
    let mut block = RowBlock::new();
    open("a.csv", text.as_bytes()).expect("opens").next_block(&mut block, 9).expect("reads");
    let mapping = map_columns::<RegisterField>("a.csv", &block).expect("maps");
    assert_eq!(mapping.get(block.row(1), RegisterField::Members), "2");
    assert_eq!(mapping.sensitive(), [4, 5]);
    assert_eq!(RegisterField::Members.key(), S::Members.key());
}

#[test]
fn what_was_counted_reads_the_same_from_an_archive() {
    let file = read("a.csv", WIDE.as_bytes());
    let mut archive = ArchiveWriter::new(Vec::new());
    file.block.rows().for_each(|row| archive.push(row.number, row.cells()).expect("writes"));
    let bytes = archive.finish().expect("ends");
    let mut block = RowBlock::new();
    open_archive("a", &bytes[..]).expect("opens").next_block(&mut block, 99).expect("reads");
    let mapping = map_columns::<S>("a", &block).expect("maps");
    let again = Read { mapping, block };
    assert_eq!(again.households(), file.households());
    assert_eq!(again.dropped(), file.dropped());
    // And from a copy, which is not counted a second time.
    let lines: Vec<String> = file
        .block
        .rows()
        .map(|row| row.cells().map(str::to_owned).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(read("b.csv", lines.join("\n").as_bytes()).households(), file.households());
}

// --- arrays in JSON ---

/// A record of a household with something under `key`.
fn record(head: &str, key: &str, value: &str) -> String {
    format!(
        "{{\"Chủ hộ\":\"{head}\",\"Xã\":\"Quảng Phước\",\"Ngày nhập\":\"1/3/2024\",\"{key}\":{value}}}\n"
    )
}

#[test]
fn persons_in_an_array_are_counted_and_kept_out() {
    let secret = r#"[{"name":"Bí Mật","dob":"1990"},{"name":"Bí Mật"},{}]"#;
    for key in ["members", "thanh_vien", "nhom_ho/thanh_vien"] {
        let records = record("Cao Thị Sen", key, "null")
            + &record("Võ Thị Lài", key, secret)
            + &record("Lê Văn Hùng", key, "[]");
        for text in [records.clone(), format!("[{}]", records.trim().replace('\n', ","))] {
            let file = read("a.json", text.as_bytes());
            let expected = [("Cao Thị Sen", ""), ("Võ Thị Lài", "2"), ("Lê Văn Hùng", "")];
            assert_eq!(file.households(), expected, "{key}");
            assert_eq!(file.how(), Some(MatchKind::Counted));
            assert_eq!(file.dropped(), [format!("{key}[]")]);
            file.lacks("Bí Mật");
            file.lacks("1990");
        }
    }
}

#[test]
fn properties_and_nested_objects_bear_arrays_too() {
    let array = r#"[{"ho_ten":"Bí Mật","nam_sinh":1990}]"#;
    for (key, value) in [
        ("nhom", array.to_owned()),
        ("nha", format!("{{\"members\":{array}}}")),
        ("nha", format!("[{{\"so\":1,\"members\":{array}}}]")),
    ] {
        let record = record("Võ Thị Lài", key, &value);
        let feature = format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\
             \"properties\":{record},\"geometry\":null}}]}}"
        );
        for text in [&record, &feature] {
            let file = read("a.geojson", text.as_bytes());
            assert_eq!(file.households(), [("Võ Thị Lài", "1")], "{text}");
            file.lacks("Bí Mật");
            file.lacks("1990");
        }
    }
}

#[test]
fn a_number_under_the_name_of_a_group_is_a_number_of_members() {
    let text = record("Võ Thị Lài", "members", "null") + &record("Lê Văn Hùng", "members", "4");
    let file = read("a.json", text.as_bytes());
    assert_eq!(file.households(), [("Võ Thị Lài", ""), ("Lê Văn Hùng", "4")]);
    assert_eq!(file.how(), Some(MatchKind::Synonym));
}

#[test]
fn other_persons_are_kept_out_and_not_counted() {
    let text = record("Võ Thị Lài", "lien_he", r#"[{"ho_ten":"Bí Mật","sdt":"1"}]"#)
        + &record("Lê Văn Hùng", "anh", r#"[{"url":"x"}]"#);
    let file = read("a.json", text.as_bytes());
    assert_eq!(file.mapping.column(S::Members), None);
    assert_eq!(file.dropped(), ["lien_he[]"]);
    file.lacks("Bí Mật");
    assert!(file.block.row(2).cells().any(|cell| cell.contains("url")));
}

// --- sheets of a workbook ---

const SHEET: &[&[&str]] = &[
    &["Chủ hộ", "Xã", "Ngày nhập", "_index"],
    &["Võ Thị Lài", "Quảng Phước", "1/3/2024", "1"],
    &["Lê Văn Hùng", "Quảng Phước", "1/3/2024", "2"],
    &["Cao Thị Sen", "Quảng Phước", "1/3/2024", "3"],
];

/// A workbook of sheets of texts, in which what looks like a whole number is one.
fn xlsx(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (title, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*title).expect("a title");
        for (row, cells) in (0..).zip(*rows) {
            for (column, cell) in (0..).zip(*cells) {
                match cell.parse::<u32>() {
                    Ok(number) => sheet.write_number(row, column, number),
                    Err(_) => sheet.write_string(row, column, *cell),
                }
                .expect("a cell");
            }
        }
    }
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn members_in_a_sheet_of_their_own_are_counted_by_the_key_of_the_household() {
    let members: &[&[&str]] = &[
        &["name", "dob", "_index", "_parent_table_name", "_parent_index"],
        &["Bí Mật", "1990", "1", "Phiếu", "1"],
        &["Bí Mật", "1990", "2", "Phiếu", "3"],
        &["Bí Mật", "1990", "3", "Phiếu", "1"],
        &["Bí Mật", "1990", "4", "Phiếu", "9"],
    ];
    for sheets in [
        [("Phiếu", SHEET), ("members", members)],
        // Longer than the sheet of the households, and before it.
        [("members", members), ("Phiếu", SHEET)],
    ] {
        let file = read("a.xlsx", &xlsx(&sheets));
        let expected = [("Võ Thị Lài", "2"), ("Lê Văn Hùng", ""), ("Cao Thị Sen", "1")];
        assert_eq!(file.households(), expected);
        assert_eq!(file.how(), Some(MatchKind::Counted));
        assert_eq!(file.dropped(), ["members[]"]);
        // Rows 2 to 5 of their sheet behind row 4 of the households.
        let member = |number| (number, "member");
        let orphan = (9, "member without household");
        assert_eq!(file.others(), [member(6), member(7), member(8), orphan]);
        file.lacks("Bí Mật");
        file.lacks("1990");
    }
}

#[test]
fn a_key_of_two_households_is_nobodys() {
    let mut households = SHEET.to_vec();
    households.push(&["Mai Văn An", "Quảng Phước", "1/3/2024", "1"]);
    let members: &[&[&str]] =
        &[&["name", "_parent_index"], &["Bí Mật", "1"], &["Bí Mật", "2"], &["Bí Mật", ""]];
    let file = read("a.xlsx", &xlsx(&[("Phiếu", &households), ("members", members)]));
    let counts: Vec<&str> = file.households().into_iter().map(|(_, count)| count).collect();
    assert_eq!(counts, ["", "1", "", ""]);
    let reasons: Vec<&str> = file.others().into_iter().map(|(_, reason)| reason).collect();
    let expected = ["member of several households", "member", "member without household"];
    assert_eq!(reasons, expected);
}

#[test]
fn groups_of_something_else_and_groups_within_members_are_told_and_not_counted() {
    let animals: &[&[&str]] = &[&["loai", "_parent_index"], &["bò", "1"], &["gà", "1"]];
    let members: &[&[&str]] = &[
        &["name", "_index", "_parent_table_name", "_parent_index"],
        &["Bí Mật", "1", "Phiếu", "2"],
    ];
    let illness: &[&[&str]] =
        &[&["benh", "_parent_table_name", "_parent_index"], &["Bí Mật", "members", "1"]];
    let bytes = xlsx(&[
        ("Phiếu", SHEET),
        ("vat_nuoi", animals),
        ("members_benh", illness),
        ("members", members),
    ]);
    let file = read("a.xlsx", &bytes);
    assert_eq!(file.households()[..2], [("Võ Thị Lài", ""), ("Lê Văn Hùng", "1")]);
    let reasons: Vec<&str> = file.others().into_iter().map(|(_, reason)| reason).collect();
    let other = "row of a repeat group";
    assert_eq!(reasons, [other, other, other, "member"]);
    file.lacks("Bí Mật");
    file.lacks("bò");
    let file = read("a.xlsx", &xlsx(&[("Phiếu", SHEET), ("vat_nuoi", animals)]));
    assert_eq!((file.mapping.column(S::Members), file.others().len()), (None, 2));
}

#[test]
fn households_that_are_themselves_a_group_are_households_still() {
    let mut households: Vec<Vec<&str>> = SHEET.iter().map(|row| row.to_vec()).collect();
    households[0].push("_parent_index");
    households[1..].iter_mut().for_each(|row| row.push("1"));
    let households: Vec<&[&str]> = households.iter().map(Vec::as_slice).collect();
    let visits: &[&[&str]] = &[&["thôn", "_index"], &["Phước Lập", "1"]];
    let file = read("a.xlsx", &xlsx(&[("Buổi", visits), ("ho", &households)]));
    assert_eq!(file.households().len(), 3);
    assert_eq!(file.others(), []);
}

#[test]
fn a_workbook_of_members_alone_is_refused_in_words() {
    let members: &[&[&str]] = &[&["name", "_parent_index"], &["Bí Mật", "1"]];
    let error = open("a.xlsx", &xlsx(&[("members", members)])[..]).err().expect("is refused");
    assert!(error.to_string().contains("members of households"), "{error}");
}

// --- tables of an archive ---

const FORM: &str = "chu_ho,xa,SubmissionDate,KEY\n\
                    Võ Thị Lài,Quảng Phước,1/3/2024,uuid:1\n\
                    Lê Văn Hùng,Quảng Phước,1/3/2024,uuid:2\n";

#[test]
fn members_in_a_table_of_an_archive_are_counted_by_the_key_of_the_household() {
    let members = "name,dob,PARENT_KEY,KEY\n\
                   Bí Mật,1990,uuid:2,uuid:2/members[1]\n\
                   Bí Mật,1990,uuid:2,uuid:2/members[2]\n\
                   Bí Mật,1990,uuid:7,uuid:7/members[1]\n";
    let illness = "benh,PARENT_KEY,KEY\nBí Mật,uuid:2/members[1],x\n";
    let parts = [
        ("phieu-members.csv", members),
        ("phieu.csv", FORM),
        ("phieu - audit.csv", "instance ID,event\nx,y\n"),
        ("phieu-members-benh.csv", illness),
        ("media/a.csv", "\0"),
    ];
    let file = read("a.zip", &zip(&parts));
    assert_eq!(file.households(), [("Võ Thị Lài", ""), ("Lê Văn Hùng", "2")]);
    assert_eq!(file.how(), Some(MatchKind::Counted));
    assert_eq!(file.dropped(), ["members[]"]);
    let expected = [
        (5, "member"),
        (6, "member"),
        (7, "member without household"),
        (9, "row of a repeat group"),
    ];
    assert_eq!(file.others(), expected);
    file.lacks("Bí Mật");
    file.lacks("1990");
}

#[test]
fn members_of_several_houses_of_a_household_are_all_its_own() {
    let houses = "so,PARENT_KEY,KEY\n1,uuid:1,uuid:1/nha[1]\n";
    let members = "name,PARENT_KEY\nBí Mật,uuid:1/nha[1]\nBí Mật,uuid:1/nha[2]\n";
    let parts = [("f.csv", FORM), ("f-nha.csv", houses), ("f-members.csv", members)];
    let file = read("a.zip", &zip(&parts));
    assert_eq!(file.households()[0], ("Võ Thị Lài", "2"));
    let reasons: Vec<&str> = file.others().into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, ["row of a repeat group", "member", "member"]);
}

#[test]
fn an_archive_of_one_table_is_read_and_one_of_other_things_is_not() {
    let file = read("a.zip", &zip(&[("f.csv", FORM)]));
    assert_eq!(file.households().len(), 2);
    refuse(&[("f.csv", "a,b\n1,2\n")], "archive");
    refuse(&[("f.txt", FORM)], "archive");
    refuse(
        &[("f.csv", FORM), ("g.csv", FORM)],
        "several tables of households (`f.csv` and `g.csv`)",
    );
    refuse(&[("f.csv", FORM), ("g.csv", "\0,KEY\n")], "`g.csv` in it: it holds zero bytes");
    let broken = format!("{FORM}\"never closed");
    refuse(&[("f.csv", &broken)], "row 4: in `f.csv`");
}

/// Fails unless the archive of these parts ends in an error with these words.
#[track_caller]
fn refuse(parts: &[(&str, &str)], words: &str) {
    let bytes = zip(parts);
    let mut block = RowBlock::new();
    let read = open("a.zip", &bytes[..]).and_then(|mut rows| {
        while rows.next_block(&mut block, 1)? > 0 {}
        Ok(())
    });
    let error = read.expect_err("is refused");
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(error.name(), "a.zip");
}
