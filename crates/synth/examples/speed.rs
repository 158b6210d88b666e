//! Times the generator: `cargo run --release -p diachiso-synth --example speed -- HOUSEHOLDS [DIRECTORY]`.

use std::{path::Path, time::Instant};

use diachiso_synth::{
    CommuneInput, Config, Files, Output, RegisterLayout, RegisterRow, SubmissionRow, SynthError,
    Truth, generate,
};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};

struct Nothing;

impl Output for Nothing {
    fn register_row(&mut self, _: &RegisterRow) -> Result<(), SynthError> {
        Ok(())
    }

    fn submission_row(&mut self, _: &SubmissionRow, _: &Truth) -> Result<(), SynthError> {
        Ok(())
    }
}

/// A circle of 500 corners: as many as a real commune's boundary has.
fn commune(i: u32) -> CommuneInput {
    let (x, y) = (107.1 + f64::from(i % 12) * 0.06, 16.1 + f64::from(i / 12) * 0.06);
    let corner = |k: u32| {
        let angle = f64::from(k % 500) / 500.0 * std::f64::consts::TAU;
        Coord { x: x + 0.03 * angle.cos(), y: y + 0.03 * angle.sin() }
    };
    CommuneInput {
        code: (19_750 + i).to_string(),
        name: format!("Xã {i}"),
        kind_is_urban: i.is_multiple_of(3),
        district_name: "Huyện Quảng Điền".into(),
        postal: Some(49_100 + i),
        shape: MultiPolygon(vec![Polygon::new(
            LineString((0..=500).map(corner).collect()),
            vec![],
        )]),
        weight: 1.0,
        other_names: vec!["Xã Quảng Điền".into()],
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let households = arguments.next().map_or(Ok(1_000_000), |n| n.parse())?;
    let config = Config::proportional(1, households, (0..141).map(commune).collect());
    let start = Instant::now();
    let summary = match arguments.next() {
        Some(directory) => {
            let mut files = Files::create(Path::new(&directory), RegisterLayout::Single)?;
            let summary = generate(&config, &mut files)?;
            files.finish()?;
            summary
        }
        None => generate(&config, &mut Nothing)?,
    };
    let (rows, seconds) =
        (summary.register_rows + summary.submission_rows, start.elapsed().as_secs_f64());
    println!("{rows} rows in {seconds:.1} s: {:.0} rows/s", rows as f64 / seconds);
    Ok(())
}
