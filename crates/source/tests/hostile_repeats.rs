//! Repeat groups made to do harm: each file ends in the right counts or in an error that says what
//! to do, within a bound on memory. Every case runs in a process of its own, as in `hostile.rs`.

#[path = "support/packed.rs"]
mod packed;
#[path = "support/within.rs"]
mod within;

use diachiso_model::SubmissionField as S;
use diachiso_source::{
    MAX_ARCHIVE_PARTS, MAX_ARCHIVE_TABLES, MAX_FAMILIES, Mapping, RowBlock, map_columns,
    non_record, open,
};
use packed::{Part, SHEET, packed_xlsx, packed_zip};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use within::{LITTLE_MIB, refuse, within};

const FORM: &str = "chu_ho,xa,SubmissionDate,KEY\n";

/// Numbers of members, and numbers of rows by the reason why they are no households.
type Told = (Vec<String>, BTreeMap<&'static str, usize>);

fn told(name: &str, bytes: &[u8]) -> Told {
    let mut source = open(name, bytes).expect("opens");
    let (mut block, mut mapping): (_, Option<Mapping<S>>) = (RowBlock::new(), None);
    let (mut counts, mut reasons) = (Vec::new(), BTreeMap::new());
    while source.next_block(&mut block, 4_096).expect("reads") > 0 {
        let mapping = mapping.get_or_insert_with(|| map_columns::<S>(name, &block).expect("maps"));
        for row in block.rows() {
            match non_record(mapping, row) {
                Some(reason) => *reasons.entry(reason).or_default() += 1,
                None => counts.push(mapping.get(row, S::Members).to_owned()),
            }
        }
    }
    (counts, reasons)
}

/// A table of members, one a key.
fn members(keys: impl Iterator<Item = String>) -> Part {
    let mut text = "name,PARENT_KEY\n".to_owned();
    for (number, key) in keys.enumerate() {
        writeln!(text, "p{:x},{key}", number * 0x9E37_79B9 % 0xFFFF_FFFB).expect("writes");
    }
    Part::of("f-members.csv", &text)
}

fn households(keys: &[&str]) -> Part {
    let rows: Vec<String> = keys.iter().map(|key| format!("Lê Bé,Sịa,1/3/2024,{key}\n")).collect();
    Part::of("f.csv", &format!("{FORM}{}", rows.concat()))
}

#[test]
fn an_index_beyond_all_reason_is_one_member_and_takes_no_room() {
    within(LITTLE_MIB, "an_index_beyond_all_reason_is_one_member_and_takes_no_room", || {
        let huge = "9".repeat(1_000);
        let text = format!(
            "Chủ hộ,Xã,Ngày,members[999999999]/name,members[4294967296]/name,members[{huge}]/name\n\
             Lê Bé,Sịa,1/3/2024,x,,x\n"
        );
        assert_eq!(told("a.csv", text.as_bytes()).0, ["2"]);
        let nested = "members[1]/".repeat(5_000);
        let text = format!("Chủ hộ,Xã,Ngày,{nested}name\nLê Bé,Sịa,1/3/2024,x\n");
        assert_eq!(told("a.csv", text.as_bytes()).0, ["1"]);
        let brackets = "a[1]/".repeat(10_000);
        let text = format!("Chủ hộ,Xã,Ngày,{brackets}name\nLê Bé,Sịa,1/3/2024,x\n");
        assert_eq!(told("a.csv", text.as_bytes()).0, [""]);
    });
}

#[test]
fn a_million_members_of_one_household_are_a_number() {
    within(96, "a_million_members_of_one_household_are_a_number", || {
        let one = members((0..1_000_000).map(|_| "uuid:1".to_owned()));
        let (counts, reasons) = told("a.zip", &packed_zip(&[households(&["uuid:1"]), one]));
        assert_eq!(counts, ["1000000"]);
        assert_eq!(reasons, BTreeMap::from([("heading", 1), ("member", 1_000_000)]));
    });
}

#[test]
fn members_without_a_household_are_told_however_many() {
    within(128, "members_without_a_household_are_told_however_many", || {
        let lost = members((0..300_000).map(|at| format!("uuid:{at}")));
        let (counts, reasons) =
            told("a.zip", &packed_zip(&[households(&["uuid:7", "uuid:x"]), lost]));
        assert_eq!(counts, ["1", ""]);
        assert_eq!((reasons["member"], reasons["member without household"]), (1, 299_999));
    });
}

#[test]
fn a_key_that_all_households_bear_gives_none_of_them_a_count() {
    within(LITTLE_MIB, "a_key_that_all_households_bear_gives_none_of_them_a_count", || {
        let all = households(&vec!["uuid:1"; 70_000]);
        let table = members((0..100).map(|_| "uuid:1".to_owned()));
        let (counts, reasons) = told("a.zip", &packed_zip(&[all, table]));
        assert!(counts.len() == 70_000 && counts.iter().all(String::is_empty));
        assert_eq!(reasons["member of several households"], 100);
    });
}

#[test]
fn more_keys_than_there_is_room_for_are_refused() {
    within(400, "more_keys_than_there_is_room_for_are_refused", || {
        let many = members((0..=MAX_FAMILIES).map(|at| format!("{at}")));
        let words = ["2097152 households with persons", "cut it"];
        refuse("a.zip", &packed_zip(&[households(&["1"]), many])[..], &words);
    });
}

#[test]
fn a_table_that_unpacks_to_very_much_is_refused_before_it_is_unpacked() {
    within(
        LITTLE_MIB,
        "a_table_that_unpacks_to_very_much_is_refused_before_it_is_unpacked",
        || {
            let rows = "Lê Bé,Sịa,1/3/2024,x\n".repeat(40_000);
            let bomb = |times| Part::repeated("f.csv", FORM, (&rows, times), "");
            let words = ["250 times the packed size of `f.csv`", "cut it"];
            refuse("a.zip", &packed_zip(&[bomb(500)])[..], &words);
            refuse("a.zip", &packed_zip(&[bomb(2_000)])[..], &["1024 MiB in `f.csv`"]);
            // Stated smaller than it is, it ends where it should.
            let lie = Part { unpacked: 1 << 20, ..bomb(500) };
            refuse(
                "a.zip",
                &packed_zip(&[lie])[..],
                &["`f.csv` in it", "more than the archive says"],
            );
            let lie = Part { checksum: 1, ..households(&["x"]) };
            refuse("a.zip", &packed_zip(&[lie])[..], &["`f.csv` in it", "damaged"]);
            let cut = Part { unpacked: 900, ..households(&["x"]) };
            refuse("a.zip", &packed_zip(&[cut])[..], &["`f.csv` in it", "damaged"]);
        },
    );
}

#[test]
fn an_archive_of_very_many_parts_is_refused() {
    within(LITTLE_MIB, "an_archive_of_very_many_parts_is_refused", || {
        let parts = |name, count| {
            let photographs = (0..count).map(|_| Part::of(name, "x"));
            packed_zip(&std::iter::once(households(&["1"])).chain(photographs).collect::<Vec<_>>())
        };
        let many = parts("media/a.jpg", MAX_ARCHIVE_PARTS);
        refuse("a.zip", &many[..], &["16384 files in an archive", "without media"]);
        let many = parts("a.csv", MAX_ARCHIVE_TABLES);
        refuse("a.zip", &many[..], &["64 tables in an archive"]);
        assert_eq!(told("a.zip", &parts("media/a.jpg", 1_000)).0.len(), 1);
    });
}

#[test]
fn parts_that_are_protected_packed_otherwise_or_elsewhere_are_refused() {
    within(
        LITTLE_MIB,
        "parts_that_are_protected_packed_otherwise_or_elsewhere_are_refused",
        || {
            let whole = packed_zip(&[households(&["1"])]);
            let with = |at: usize, byte: u8| {
                let mut bytes = whole.clone();
                bytes[at] = byte;
                bytes
            };
            refuse("a.zip", &with(6, 1)[..], &["`f.csv` in it", "password"]);
            refuse("a.zip", &with(8, 12)[..], &["method 12", "unpack the archive"]);
            let directory = whole.windows(4).position(|w| w == b"PK\x01\x02").expect("is there");
            refuse("a.zip", &with(directory + 45, 0x7F)[..], &["not where the archive says"]);
            refuse("a.zip", &with(directory + 22, 0x7F)[..], &["overlap"]);
        },
    );
}

#[test]
fn a_sheet_of_a_million_lost_members_is_bounded() {
    within(400, "a_sheet_of_a_million_lost_members_is_bounded", || {
        let heading = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>_parent_index</v></c></row>";
        let rows = "<row><c><v>7</v></c></row>".repeat(1_000);
        let sheet = Part::repeated(
            SHEET,
            &format!("<worksheet><sheetData>{heading}"),
            (&rows, 1_000),
            "</sheetData></worksheet>",
        );
        refuse("a.xlsx", &packed_xlsx(sheet, Vec::new())[..], &["members of households"]);
    });
}

#[test]
fn arrays_of_persons_within_arrays_are_walked_once_a_level() {
    within(LITTLE_MIB, "arrays_of_persons_within_arrays_are_walked_once_a_level", || {
        let deep = "[{\"members\":".repeat(14);
        let close = "}]".repeat(14);
        let filler = "{\"name\":\"x\"},".repeat(40_000);
        let text = format!(
            "{{\"Chủ hộ\":\"Lê Bé\",\"Xã\":\"Sịa\",\"Ngày\":\"1/3/2024\",\
             \"nha\":{deep}[{filler}null]{close}}}"
        );
        assert_eq!(told("a.json", text.as_bytes()).0, ["1"]);
    });
}
