//! Households stream through in flat memory.

use diachiso_synth::{
    CommuneInput, Config, Output, RegisterRow, SubmissionRow, SynthError, Truth, generate,
};
use geo_types::{MultiPolygon, polygon};

/// Counts rows, forgets them, and notes the memory of the process now and then.
#[derive(Default)]
struct Count {
    rows: u64,
    memory_kib: Vec<u64>,
}

impl Output for Count {
    fn register_row(&mut self, _: &RegisterRow) -> Result<(), SynthError> {
        self.rows += 1;
        if self.rows.is_multiple_of(50_000) {
            self.memory_kib.push(resident_kib());
        }
        Ok(())
    }

    fn submission_row(&mut self, _: &SubmissionRow, _: &Truth) -> Result<(), SynthError> {
        self.rows += 1;
        Ok(())
    }
}

fn resident_kib() -> u64 {
    let status =
        std::fs::read_to_string("/proc/self/status").expect("Linux tells a process its size");
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).expect("a resident size");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number of KiB")
}

#[test]
fn many_households_stream_in_the_memory_of_a_few_villages() {
    let shape = polygon![
        (x: 107.3, y: 16.3), (x: 107.7, y: 16.3), (x: 107.7, y: 16.6), (x: 107.3, y: 16.6),
    ];
    let commune = CommuneInput {
        code: "19750".into(),
        name: "Phường Tây Lộc".into(),
        kind_is_urban: true,
        district_name: "Thành phố Huế".into(),
        postal: Some(49_115),
        shape: MultiPolygon(vec![shape]),
        weight: 1.0,
        other_names: Vec::new(),
    };
    let mut count = Count::default();
    let config = Config::proportional(9, 300_000, vec![commune]);
    let summary = generate(&config, &mut count).expect("rows");
    assert_eq!(summary.register_rows, 300_000);
    assert_eq!(summary.totals, config.effective_targets());
    assert_eq!(count.rows, summary.register_rows + summary.submission_rows);
    // Between the first and the last note a vector of the rows would grow by more than 150 MiB.
    let (first, most) = (count.memory_kib[0], *count.memory_kib.iter().max().expect("notes"));
    assert!(most < first + 50 * 1024, "{most} KiB resident, {first} at first");
}
