//! What the preset promises: exact totals, every kind of dirt, unambiguous households, the same bytes again.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use diachiso_model::{
    Field, HouseholdState, PovertyClass, RegisterField, SubmissionField, Verdict,
};
use diachiso_synth::{
    CommuneInput, Config, Dirt, DirtProfile, Files, Output, RegisterLayout, RegisterRow,
    SubmissionRow, Summary, SynthError, Targets, Truth, generate, quang_dien, truth,
};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};

/// Eleven communes on a grid of about 3.7 by 3.7 km each, the town in the middle of the first row.
fn communes() -> Vec<CommuneInput> {
    (0..11u32)
        .map(|i| {
            let (west, south) =
                (107.44 + f64::from(i % 4) * 0.035, 16.52 + f64::from(i / 4) * 0.035);
            let corners = [(0.0, 0.0), (0.035, 0.0), (0.035, 0.035), (0.0, 0.035), (0.0, 0.0)];
            let ring = corners.iter().map(|(x, y)| Coord { x: west + x, y: south + y }).collect();
            let urban = i == 0;
            CommuneInput {
                code: (19_867 + 3 * i).to_string(),
                name: format!("{} Quảng {i}", if urban { "Thị trấn" } else { "Xã" }),
                kind_is_urban: urban,
                district_name: "Huyện Quảng Điền".into(),
                postal: Some(49_206 + i),
                shape: MultiPolygon(vec![Polygon::new(LineString(ring), vec![])]),
                weight: 5_000.0 + f64::from(i) * 500.0,
                other_names: vec!["Xã Quảng Điền".into()],
            }
        })
        .collect()
}

/// Keeps everything: for configurations of a test's size.
#[derive(Default)]
struct Kept {
    register: Vec<RegisterRow>,
    submissions: Vec<(SubmissionRow, Truth)>,
}

impl Output for Kept {
    fn register_row(&mut self, row: &RegisterRow) -> Result<(), SynthError> {
        self.register.push(row.clone());
        Ok(())
    }

    fn submission_row(&mut self, row: &SubmissionRow, truth: &Truth) -> Result<(), SynthError> {
        self.submissions.push((row.clone(), truth.clone()));
        Ok(())
    }
}

fn kept(config: &Config) -> (Kept, Summary) {
    let mut kept = Kept::default();
    let summary = generate(config, &mut kept).expect("a sound configuration");
    (kept, summary)
}

#[test]
fn the_preset_reaches_the_published_figures_exactly() {
    let (kept, summary) = kept(&quang_dien(communes()));
    assert_eq!(kept.register.len(), 26_412);
    assert!((85..=97).contains(&summary.villages), "{}", summary.villages);
    let published =
        Targets { covered: 24_124, persons_covered: 80_942, poor: 670, poor_covered: 665 };
    assert_eq!(summary.totals, published);

    // Counted again from the other end: which households have a submission that is accepted.
    let accepted: HashSet<&str> = kept
        .submissions
        .iter()
        .filter(|(_, t)| t.verdict == Some(Verdict::Accepted))
        .filter_map(|(_, t)| t.household.as_deref())
        .collect();
    assert_eq!(accepted.len(), 24_124);
    let covered = || kept.register.iter().filter(|r| accepted.contains(r.household.as_str()));
    let members = |r: &RegisterRow| r.cells.get(RegisterField::Members).parse::<u64>();
    assert_eq!(covered().map(|r| members(r).expect("a number")).sum::<u64>(), 80_942);
    let poor = covered().filter(|r| r.cells.get(RegisterField::Poverty) == "Hộ nghèo").count();
    assert_eq!(poor, 665);
    assert!(covered().all(|r| r.state == HouseholdState::Covered));
    let away_but_poor = |r: &&RegisterRow| {
        r.poverty == PovertyClass::Poor && matches!(r.state, HouseholdState::Moved)
    };
    assert_eq!(kept.register.iter().filter(away_but_poor).count(), 0);
}

#[test]
fn every_kind_of_dirt_occurs_in_the_preset() {
    let (_, summary) = kept(&quang_dien(communes()));
    let missing: Vec<&str> = DirtProfile::table()
        .iter()
        .filter(|r| summary.rows_with(r.kind) == 0)
        .map(|r| r.key)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let repeats = summary.rows_with(Dirt::ExactRepeat) + summary.rows_with(Dirt::LaterRepeat);
    assert!((900..=1_030).contains(&repeats), "{repeats} repeats of 24,124 households");
}

#[test]
fn name_and_address_tell_the_households_of_a_village_apart_but_for_ambiguous_pairs() {
    let (kept, summary) = kept(&quang_dien(communes()));
    let mut seen: HashMap<_, u64> = HashMap::new();
    for row in &kept.register {
        let cell = |f: RegisterField| row.cells.get(f).to_owned();
        let key = [
            cell(RegisterField::CommuneCode),
            cell(RegisterField::Village),
            cell(RegisterField::Head),
            cell(RegisterField::Address),
        ];
        *seen.entry(key).or_default() += 1;
    }
    let shared: Vec<_> = seen.iter().filter(|(_, n)| **n > 1).collect();
    assert_eq!(shared.len() as u64, summary.rows_with(Dirt::Ambiguous));
    assert!(shared.iter().all(|(key, n)| **n == 2 && key[3].is_empty()), "{shared:?}");
}

#[test]
fn codes_identities_and_households_are_unique_where_nothing_is_shared_on_purpose() {
    let (kept, _) = kept(&quang_dien(communes()));
    let ids: HashSet<&str> = kept.register.iter().map(|r| r.household.as_str()).collect();
    assert_eq!(ids.len(), kept.register.len());
    for field in [SubmissionField::Code, SubmissionField::Identity] {
        let mut bearers: HashMap<&str, &str> = HashMap::new();
        let lent = [Dirt::SharedCode, Dirt::SharedIdentity];
        for (row, truth) in &kept.submissions {
            let (text, entity) = (row.cells.get(field), truth.entity.as_str());
            let whole = matches!(text.len(), 10 | 12) && text.bytes().all(|b| b.is_ascii_digit());
            if whole && !truth.kinds.iter().any(|k| lent.contains(k)) {
                let first = *bearers.entry(text).or_insert(entity);
                assert_eq!(first, entity, "{text} stands for two households");
            }
        }
        assert!(bearers.len() > 20_000);
    }
}

#[test]
fn houses_stand_apart_and_inside_their_commune() {
    let (kept, _) = kept(&quang_dien(communes()));
    let mut fifth_decimals = HashSet::new();
    let (mut close, mut shared) = (0, 0);
    let shapes = communes();
    let mut cells: HashMap<(i64, i64), Vec<(f64, f64)>> = HashMap::new();
    for row in &kept.register {
        let (x, y) = (row.at.lon(), row.at.lat());
        // Two households may live in one house, on purpose.
        if !fifth_decimals.insert(((x * 1e5).round() as i64, (y * 1e5).round() as i64)) {
            shared += 1;
            continue;
        }
        let ring = &shapes[row.commune].shape.0[0].exterior().0;
        // 20 m are 0.00018 degrees or more.
        let inside = x > ring[0].x + 0.000_18 && x < ring[1].x - 0.000_18;
        assert!(inside && y > ring[0].y + 0.000_18 && y < ring[2].y - 0.000_18, "{x} {y}");
        let (mx, my) = (x * 106_700.0, y * 110_660.0);
        let cell = ((mx / 12.0).floor() as i64, (my / 12.0).floor() as i64);
        let near = |c: &(f64, f64)| (c.0 - mx).hypot(c.1 - my) < 11.9;
        let around = (-1..=1).flat_map(|i| (-1..=1).map(move |j| (cell.0 + i, cell.1 + j)));
        close += u32::from(around.filter_map(|c| cells.get(&c)).flatten().any(near));
        cells.entry(cell).or_default().push((mx, my));
    }
    assert!((1..200).contains(&shared), "{shared} households share a house");
    assert!(close < 270, "{close} of 26,412 houses are nearer than 12 m to another");
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, seed: u64| {
        let path = directory.path().join(name);
        let config = Config::proportional(seed, 4_000, communes());
        let mut files = Files::create(&path, RegisterLayout::PerCommune).expect("files");
        generate(&config, &mut files).expect("rows");
        files.finish().expect("whole files");
        contents(&path)
    };
    let (first, again, other) = (write("a", 1), write("b", 1), write("c", 2));
    assert_eq!(first.keys().collect::<HashSet<_>>(), again.keys().collect::<HashSet<_>>());
    for (name, bytes) in &first {
        assert!(again[name] == *bytes, "{name} differs");
        assert!(name == "SYNTHETIC.txt" || other[name] != *bytes, "{name} is the same");
    }
    assert_eq!(first.keys().filter(|n| n.starts_with("register-")).count(), 11);
}

fn contents(directory: &Path) -> HashMap<String, Vec<u8>> {
    fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(path).expect("a file"))
        })
        .collect()
}

#[test]
fn the_truth_reads_back_and_points_at_the_rows_it_speaks_of() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = Config::proportional(3, 3_000, communes());
    let (kept, _) = kept(&config);
    let mut files = Files::create(directory.path(), RegisterLayout::Single).expect("files");
    generate(&config, &mut files).expect("rows");
    let written = files.finish().expect("whole files");

    let rows = truth::read(&written.truth).expect("a truth file");
    assert_eq!(rows.len(), kept.submissions.len());
    let plain = fs::read_to_string(&written.submissions[0]).expect("a csv file");
    let lines: Vec<&str> = plain.lines().collect();
    let mut compared = 0;
    for (row, (submission, truth)) in rows.iter().zip(&kept.submissions) {
        assert_eq!((&row.truth.kinds, &row.truth.codes), (&truth.kinds, &truth.codes));
        assert_eq!((row.truth.verdict, &row.truth.household), (truth.verdict, &truth.household));
        if row.file == "phieu-dot-1.csv" {
            let form = submission.cells.get(SubmissionField::Form);
            assert!(lines[row.row as usize - 1].contains(form), "{}", row.row);
            compared += 1;
        }
    }
    assert!(compared > 1_000);
    let households = truth::read_households(&written.households).expect("a truth file");
    let covered = households.iter().filter(|h| h.state == HouseholdState::Covered).count();
    assert_eq!(covered as u64, config.effective_targets().covered);
    assert_eq!(kept.register.len(), households.len());
}

#[test]
fn a_clean_profile_gives_clean_rows_only() {
    let config =
        Config { dirt: DirtProfile::clean(), ..Config::proportional(4, 2_000, communes()) };
    let (kept, summary) = kept(&config);
    assert_eq!(summary.totals.covered, config.effective_targets().covered);
    for (row, truth) in &kept.submissions {
        assert!(truth.kinds.iter().all(|k| *k == Dirt::OutsideList), "{:?}", truth.kinds);
        assert!(!row.cells.get(SubmissionField::LegalBasis).is_empty());
        assert_eq!(row.cells.iter().count(), SubmissionField::ALL.len());
    }
}

#[test]
fn impossible_targets_are_refused_with_the_numbers() {
    let targets = Targets { covered: 2_000, persons_covered: 6_000, poor: 10, poor_covered: 10 };
    let config = Config { targets: Some(targets), ..Config::proportional(1, 1_500, communes()) };
    let error = generate(&config, &mut Kept::default()).expect_err("too many covered");
    assert!(error.to_string().contains("2000 covered of 1500"), "{error}");
    assert!(generate(&Config::proportional(1, 10, communes()), &mut Kept::default()).is_err());
    assert!(generate(&Config::proportional(1, 5_000, Vec::new()), &mut Kept::default()).is_err());
}
