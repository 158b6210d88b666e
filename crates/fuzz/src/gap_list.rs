//! The list of households without an address: written, filled in by hand, and read back.

use crate::drain::drain;
use crate::text::text;
use diachiso_source::field_results::read_field_results;
use diachiso_source::gap_list::{GapLine, RESULTS, write_csv};

/// Writes lines made of the bytes as csv, reads them back, and compares.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    // Whatever comes back filled costs an error at most.
    let _ = read_field_results("a.csv", data);
    // Cells come cleaned: a reader takes a file full of control characters for no text.
    let mut text = text(data);
    text.retain(|letter| !letter.is_control() || letter.is_whitespace());
    let mut cells = text.split('\n');
    let mut cell = || cells.next().unwrap_or_default().to_owned();
    let mut lines = Vec::new();
    for result in RESULTS {
        lines.push(GapLine {
            commune: "X".to_owned(),
            village: cell(),
            household_id: cell(),
            head: cell(),
            address: cell(),
            reason: cell(),
            person: cell(),
            result: result.to_owned(),
            note: cell(),
            ..GapLine::default()
        });
    }
    let bytes = write_csv(Vec::new(), &lines).expect("a vector takes all");
    let (rows, result) = drain("a.csv", &bytes, 4);
    if let Err(error) = result {
        assert!(error.to_string().contains("longer than"), "{error}");
        return;
    }
    assert_eq!(rows.len(), lines.len() + 1, "a heading and a row for every line");
    let shown = |cell: &str, kept: &str| {
        assert!(cell == kept || cell.strip_prefix('\'') == Some(kept), "{kept:?} became {cell:?}");
    };
    for (_, cells) in &rows[1..] {
        let same = |line: &&GapLine| line.result == cells[15];
        let line = lines.iter().find(same).expect("every answer comes back");
        shown(&cells[2], &line.village);
        shown(&cells[3], &line.household_id);
        shown(&cells[4], &line.head);
        shown(&cells[16], &line.note);
        for cell in cells {
            let formula = cell.starts_with(['=', '@', '\t', '\r']);
            assert!(!formula, "{cell:?} starts a formula");
        }
    }
}
