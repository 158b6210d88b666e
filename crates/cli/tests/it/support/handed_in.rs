//! What is handed in, withdrawn and handed in again: small files of a tiny district.

use diachiso_pipeline::Reference;
use diachiso_testkit::Rng;

use crate::support::{
    district::{District, Size, degrees, moved},
    stages::FileBytes,
};

const TINY: Size = Size { communes: 2, villages: 2, houses: 14 };
/// Rows of a file.
const ROWS: usize = 7;

/// Two versions of a register, and files of submissions: houses measured once, measured again at the same place or far
/// away, by honest people and by one whose fixes are copied; the same rows in two files too.
pub(crate) fn pool(reference: &Reference, seed: u64) -> (Vec<FileBytes>, Vec<FileBytes>) {
    let district = District::new(reference, seed, TINY);
    let mut files = district.files(ROWS);
    let (kind, name, bytes) = files.remove(0);
    let text = String::from_utf8(bytes.clone()).expect("UTF-8");
    let newer: String = text
        .replace("31/03/2024", "30/06/2024")
        .split_inclusive('\n')
        .enumerate()
        .filter(|(line, _)| *line == 0 || line % 9 != 0)
        .map(|(_, line)| line)
        .collect();
    let registers = vec![(kind, name, bytes), (kind, "ho-moi.csv".to_owned(), newer.into_bytes())];
    let mut again = District::new(reference, seed, TINY);
    let fix = again.visits[3].fix;
    let mut rng = Rng::new(seed ^ 1);
    for visit in &mut again.visits {
        match rng.below(5) {
            0 => visit.fix = moved(visit.fix, 120.0, 40.0),
            1 => visit.fix = fix,
            2 => "đo lại".clone_into(&mut visit.note),
            _ => visit.fix = moved(visit.fix, 1.5, 0.5),
        }
        // Some lack a position: what is suggested of it rests on everybody else's.
        let lacking = rng.below(8) == 0;
        visit.cells = if lacking { Default::default() } else { degrees(visit.fix) };
    }
    files.extend(again.files(ROWS).into_iter().skip(1).map(|(kind, name, bytes)| {
        let text = String::from_utf8(bytes).expect("UTF-8").replace("01/07/2024", "02/08/2024");
        (kind, format!("lai-{name}"), text.into_bytes())
    }));
    // Rows of two files once more, in another cut.
    let mut repeats = files[0].clone();
    "nhac.csv".clone_into(&mut repeats.1);
    let other = String::from_utf8(files[1].2.clone()).expect("UTF-8");
    repeats.2.extend(other.split_inclusive('\n').skip(2).collect::<String>().into_bytes());
    files.push(repeats);
    (registers, files)
}
