//! What one collector did to all rows is found in districts with planted truth, and nowhere else.

use std::sync::LazyLock;

use crate::support::{district, stages};
use diachiso_model::{Proposal, ProposalKind, Published, Remedy};
use diachiso_pipeline::{Boundary, Reference};
use diachiso_spatial::{projected_zone::ZONES, vn2000};
use diachiso_testkit::Rng;
use district::{District, SMALL, Size, Visit, degrees, moved};

const SEEDS: u64 = 24;
const CLEAN_SEEDS: u64 = 60;

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::load([]).expect("reference data"));

/// The same shapes, said to be surveyed boundaries.
static SURVEYED: LazyLock<Reference> = LazyLock::new(|| {
    let of = |id| {
        let (unit, boundary) = (REFERENCE.units.get(id), REFERENCE.boundaries.get(id)?);
        let boundary = Boundary { shape: boundary.shape.clone(), schematic: false };
        Some((unit.code.clone(), unit.valid_from, boundary))
    };
    let surveyed = REFERENCE.boundaries.ids().into_iter().filter_map(of);
    Reference::load(surveyed).expect("reference data")
});

fn run(reference: &Reference, district: &District) -> Published {
    stages::run(reference, &district.files(100_000), 2).expect("a run")
}

/// What is measured, and how many of a hundred planted things must be found.
struct Trial<'r> {
    kind: ProposalKind,
    reference: &'r Reference,
    size: Size,
    recall: usize,
}

impl Trial<'_> {
    fn of(kind: ProposalKind) -> Self {
        Trial { kind, reference: &REFERENCE, size: SMALL, recall: 95 }
    }
}

/// The device is set to VN-2000 and its degrees are taken for WGS 84.
fn unshifted(visit: &mut Visit, _: &mut Rng) {
    visit.cells = degrees(vn2000::wgs84_to_geographic(visit.fix));
}

/// Runs a district a seed and counts: what was planted, what of it was found, and what else was found.
fn measure(
    trial: &Trial<'_>,
    plant: impl Fn(&mut District, u64) -> Vec<String>,
    check: impl Fn(&District, &Published, &Proposal),
) {
    let Trial { kind, reference, size, recall } = *trial;
    let (mut right, mut planted, mut wrong) = (0, 0, Vec::new());
    let mut least = 1.0_f64;
    for seed in 0..SEEDS {
        let mut district = District::new(&REFERENCE, seed, size);
        let subjects = plant(&mut district, seed);
        planted += subjects.len();
        let state = run(reference, &district);
        for p in &state.proposals {
            if p.kind == kind && subjects.iter().any(|s| p.subject.starts_with(&**s)) {
                right += 1;
                least = least.min(p.confidence);
                check(&district, &state, p);
            } else {
                wrong.push((seed, p.kind, p.subject.clone(), p.confidence, p.evidence.clone()));
            }
        }
    }
    println!("{kind:?}: {right} of {planted} found, {} wrong, least sure {least}", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(right * 100 >= planted * recall, "{right} of {planted} found");
}

#[test]
fn a_device_set_to_vn2000_is_found_among_others_with_its_vector() {
    let plant = |district: &mut District, _| {
        district.roam(0, "Hà Thị Mỹ", unshifted);
        vec!["Hà Thị Mỹ".to_owned()]
    };
    measure(&Trial::of(ProposalKind::Datum), plant, |district, state, p| {
        let (shift_m, azimuth_deg) = p.remedy.vector().expect("a vector");
        assert!((150.0..300.0).contains(&shift_m), "{shift_m}");
        assert!((-90.0..-30.0).contains(&azimuth_deg), "{azimuth_deg}");
        let own = |v: &&Visit| v.collector == "Hà Thị Mỹ";
        assert_eq!(p.rows.len(), district.visits.iter().filter(own).count());
        assert!(p.rows.iter().all(|at| &*state.submissions[*at as usize].collector == "Hà Thị Mỹ"));
    });
}

/// One device measured a whole commune: there is nobody to compare with. Where no village lies near a border on the
/// side that decides, nothing can be said, and nothing is.
fn measure_alone(reference: &Reference) {
    let size = Size { communes: 1, villages: 16, houses: 60 };
    let plant = |district: &mut District, _| {
        district.take("Hà Thị Mỹ", unshifted, |v| v.commune == 0);
        vec!["Hà Thị Mỹ".to_owned()]
    };
    let trial = Trial { reference, size, recall: 70, ..Trial::of(ProposalKind::Datum) };
    measure(&trial, plant, |_, _, p| {
        assert!(!p.evidence.contains("người khác"), "{}", p.evidence);
    });
}

#[test]
fn a_commune_that_one_shifted_device_measured_alone_is_decided_by_its_surveyed_boundary() {
    measure_alone(&SURVEYED);
}

#[test]
fn a_commune_that_one_shifted_device_measured_alone_is_decided_by_a_schematic_boundary_too() {
    measure_alone(&REFERENCE);
}

#[test]
fn rows_that_name_nobody_are_examined_as_one_subject() {
    let plant = |district: &mut District, _| {
        district.roam(1, "", unshifted);
        vec!["(không ghi".to_owned()]
    };
    measure(&Trial::of(ProposalKind::Datum), plant, |_, _, p| assert!(p.collector.is_empty()));
}

#[test]
fn metres_of_another_zone_are_found_with_the_zone() {
    // The collector's name tells the test which zone was planted.
    let zone = |seed: u64| 1 + seed as usize % (ZONES.len() - 1);
    let plant = |district: &mut District, seed| {
        let name = format!("Hà Thị {}", zone(seed));
        district.roam(0, &name, |visit, _| {
            let (easting, northing) = ZONES[zone(seed)].from_wgs84(visit.fix);
            visit.cells = (format!("{northing:.2}"), format!("{easting:.2}"));
        });
        vec![name]
    };
    measure(&Trial::of(ProposalKind::Zone), plant, |_, _, p| {
        let planted = p.collector.rsplit(' ').next().and_then(|n| n.parse::<usize>().ok());
        assert_eq!(p.remedy, Remedy::Zone(ZONES[planted.expect("a number")].name));
    });
}

#[test]
fn a_fix_copied_to_several_households_is_found() {
    let plant = |district: &mut District, seed: u64| {
        let groups = 1 + seed as usize % 3;
        let mut last = None;
        for (nth, visit) in
            district.visits.iter_mut().filter(|v| v.commune == 0 && v.house % 4 == 0).enumerate()
        {
            "Hà Thị Mỹ".clone_into(&mut visit.collector);
            if nth % 12 < 3 && nth / 12 < groups {
                visit.cells.clone_from(if nth % 12 == 0 {
                    last.insert(visit.cells.clone())
                } else {
                    last.as_ref().expect("a fix before")
                });
            }
        }
        vec!["Hà Thị Mỹ".to_owned()]
    };
    measure(&Trial::of(ProposalKind::CopiedFix), plant, |_, _, p| assert_eq!(p.rows.len() % 3, 0));
}

#[test]
fn nothing_is_proposed_of_honest_work() {
    for seed in 1000..1000 + CLEAN_SEEDS {
        let mut district = District::new(&REFERENCE, seed, SMALL);
        district.roam(0, "Hà Thị Mỹ", |_, _| {});
        district.take("Võ Văn Một", |_, _| {}, |v| v.commune == 1);
        district.roam(2, "", |_, _| {});
        // Metres of the home zone are read as they are.
        district.take(
            "Võ Văn Mét",
            |visit, _| {
                let (easting, northing) = ZONES[0].from_wgs84(visit.fix);
                visit.cells = (format!("{northing:.2}"), format!("{easting:.2}"));
            },
            |v| v.commune == 2 && v.house % 5 == 1,
        );
        let state = run(&REFERENCE, &district);
        assert!(state.proposals.is_empty(), "seed {seed}: {:#?}", state.proposals);
    }
}

#[test]
fn a_shift_by_another_vector_is_not_called_vn2000() {
    for seed in 2000..2000 + SEEDS {
        let mut district = District::new(&REFERENCE, seed, SMALL);
        let azimuth = district.rng.between(0.0, std::f64::consts::TAU);
        let metres = district.rng.between(80.0, 300.0);
        // Not by VN-2000 itself, nor so near that the villages cannot tell.
        let (east_m, north_m) = (metres * azimuth.sin(), metres * azimuth.cos());
        if (east_m + 194.9).hypot(north_m - 112.5) < 130.0 {
            continue;
        }
        let off = move |visit: &mut Visit, _: &mut Rng| {
            visit.cells = degrees(moved(visit.fix, east_m, north_m));
        };
        district.roam(0, "Hà Thị Mỹ", off);
        district.take("Võ Văn Một", off, |v| v.commune == 1);
        let state = run(&REFERENCE, &district);
        let datum = state.proposals.iter().find(|p| p.kind == ProposalKind::Datum);
        assert_eq!(datum, None, "seed {seed}: {metres:.0} m at {:.0}°", azimuth.to_degrees());
    }
}

#[test]
fn coordinates_of_few_decimals_and_shared_houses_are_no_copies() {
    for seed in 3000..3010 {
        let mut district = District::new(&REFERENCE, seed, SMALL);
        district.roam(0, "Hà Thị Mỹ", |visit, _| {
            visit.cells = (format!("{:.4}", visit.fix.lat()), format!("{:.4}", visit.fix.lon()));
        });
        let shared = district.visits[SMALL.houses * SMALL.villages].cells.clone();
        district.take(
            "Võ Văn Một",
            |visit, _| {
                visit.cells.clone_from(&shared);
                "ở chung nhà".clone_into(&mut visit.note);
            },
            |v| v.commune == 1 && v.village == 0 && v.house < 4,
        );
        let state = run(&REFERENCE, &district);
        let copied = state.proposals.iter().find(|p| p.kind == ProposalKind::CopiedFix);
        assert_eq!(copied, None, "seed {seed}");
    }
}
