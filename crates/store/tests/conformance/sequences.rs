//! Whatever is done to both kinds of store, in whatever order, both answer alike.

use diachiso_model::{
    Choice, Decision, DecisionKind, GuardLimits, LonLat, PlaceKind, Proposal, ProposalId,
    ProposalKind, ProposalStatus, Published, ReferencePlace, Remedy, SubmissionId, Timestamp,
};
use diachiso_store::{BoundaryRecord, NewHeld, NewRun, NewSource, Release, Store};
use diachiso_testkit::Rng;

use crate::{
    common::{change, code, date, shapes, square, state, units},
    home::{geopackage, postgis},
    told::{same, told},
};

/// Sequences, and steps of each.
const SEQUENCES: u64 = 4;
const STEPS: u32 = 30;
/// Submissions of the first state.
const N: u32 = 40;

/// One thing that is done to a store, the same to every kind.
#[derive(Debug)]
enum Step {
    Publish(Box<Published>, Box<NewRun>),
    Hold(Box<NewHeld>),
    Discard(i64),
    Boundaries(Vec<BoundaryRecord>),
    Masks(Vec<geo_types::MultiPolygon<f64>>),
    Places(Vec<ReferencePlace>, &'static str),
}

/// What the one who takes the steps knows.
struct World {
    rng: Rng,
    state: Published,
    batches: i64,
    decisions: u32,
}

impl World {
    fn step(&mut self) -> Step {
        let at = self.rng.below(20);
        match at {
            0..8 => {
                for _ in 0..=self.rng.below(4) {
                    change(&mut self.state, &mut self.rng);
                }
                self.publish(false)
            }
            8 => self.publish(true),
            9 => {
                // Another register: every household has another id.
                let salt = self.rng.below(1000);
                for h in &mut self.state.households {
                    h.id = format!("{}-{salt}", h.id).into();
                }
                self.state.files[2].hash = format!("register {salt}").into();
                self.publish(false)
            }
            10 => {
                // Another file instead of the first: some ids are gone, and their places with them or not.
                let salt = self.rng.below(1000);
                self.state.files[0].hash = format!("file {salt}").into();
                let some = self.rng.below(3) as u32;
                for s in self.state.submissions.iter_mut().filter(|s| s.row % 3 == some) {
                    let SubmissionId(id) = &mut s.id;
                    id[14] = salt as u8;
                }
                self.publish(false)
            }
            11 => {
                self.decisions += 1;
                self.state.decisions.push(decision(DecisionKind::File, Choice::Apply));
                self.publish(false)
            }
            12 => {
                let proposals = &mut self.state.proposals;
                if proposals.pop().is_none() {
                    proposals.push(proposal());
                }
                self.publish(false)
            }
            13 | 14 => self.hold(),
            15 => Step::Discard(i64::from(self.rng.below(4) as u32)),
            16 => {
                let release = Release {
                    batch: i64::from(self.rng.below(4) as u32),
                    decision: decision(DecisionKind::Batch, Choice::Apply),
                };
                // Made with the run before, or not.
                let after = Some(i64::from(self.rng.below(30) as u32));
                let new = NewRun { releases: Some(release), after, ..NewRun::default() };
                Step::Publish(Box::new(self.state.clone()), Box::new(new))
            }
            17 => Step::Boundaries(vec![BoundaryRecord {
                code: code(["19867", "19870"][self.rng.below(2)]),
                valid_from: date("2010-01-01"),
                shape: square(107.0 + self.rng.below(9) as f64 / 8.0, 16.0, 0.25),
                origin: "ranh giới.geojson".into(),
                schematic: self.rng.below(2) == 0,
            }]),
            18 => {
                Step::Masks((0..self.rng.below(3)).map(|n| square(n as f64, 16.0, 0.5)).collect())
            }
            _ => {
                let place = |n: usize| ReferencePlace {
                    kind: PlaceKind::House,
                    name: format!("Cao Bá Quát\t\\N {n}").into(),
                    number: n.to_string().into(),
                    alley: String::new().into(),
                    point: LonLat::new(107.5, 16.5).expect("inside"),
                };
                let origin = ["a.csv", "b.csv"][self.rng.below(2)];
                Step::Places((0..self.rng.below(4)).map(place).collect(), origin)
            }
        }
    }

    fn publish(&mut self, full: bool) -> Step {
        let source = |f: &diachiso_model::FileReport| NewSource {
            name: f.name.clone(),
            hash: f.hash.clone(),
            bytes: f.bytes,
            kind: f.kind,
            legal_basis: None,
            mapping: Some("[columns]".into()),
            archive: f.hash.as_bytes().repeat(3),
        };
        let sources = self.state.files.iter().map(source).collect();
        let new = NewRun { sources, full, ..NewRun::default() };
        Step::Publish(Box::new(self.state.clone()), Box::new(new))
    }

    fn hold(&mut self) -> Step {
        self.batches += 1;
        let mut report = self.state.files[0].clone();
        // Every third is one that is held already, or was.
        report.hash = format!("held {}", self.batches / 3 * 3).into();
        let source = NewSource {
            name: report.name.clone(),
            hash: report.hash.clone(),
            bytes: 7,
            kind: report.kind,
            legal_basis: Some("đồng ý".into()),
            mapping: None,
            archive: vec![0, 255, 1, 2],
        };
        Step::Hold(Box::new(NewHeld {
            reasons: vec!["một".to_owned(), "hai\tba \\ 'bốn'".to_owned()],
            after_run: 1,
            profile: self.state.profile,
            today: self.state.today,
            guard: GuardLimits::default(),
            key: None,
            files: vec![(source, report)],
        }))
    }
}

fn decision(kind: DecisionKind, choice: Choice) -> Decision {
    let at: Timestamp = "2026-03-04T05:06:07.123456Z".parse().expect("a moment");
    let target = if kind == DecisionKind::File { "0123456789abcdef".repeat(4) } else { "1".into() };
    Decision::new(kind, &target, choice, "Lê Văn C", at, "đã gọi hỏi").expect("whole")
}

fn proposal() -> Proposal {
    Proposal {
        id: ProposalId([9, 8, 7, 6, 5, 4]),
        kind: ProposalKind::Datum,
        subject: "Trần Thị B".into(),
        collector: "Trần Thị B".into(),
        commune: None,
        remedy: Remedy::Unshift { shift_m: 224.5, azimuth_deg: -60.1 },
        votes: 2,
        rows: vec![0, 1, 2],
        confidence: 0.9987,
        evidence: "người khác đo\nở đó".into(),
        status: ProposalStatus::Open,
    }
}

/// Takes a step; the answer is a number or the kind of refusal.
async fn take(store: &dyn Store, step: &Step) -> String {
    let answer = match step {
        Step::Publish(state, new) => {
            store.publish(state, &units(), &shapes(), new, &|_| {}).await.map(|run| run.number)
        }
        Step::Hold(batch) => store.hold(batch).await,
        Step::Discard(batch) => {
            let refused = decision(DecisionKind::Batch, Choice::Refuse);
            store.discard(*batch, &refused).await.map(|()| 0)
        }
        Step::Boundaries(boundaries) => store.import_boundaries(boundaries).await.map(|()| 0),
        Step::Masks(masks) => store.import_masks(masks, "vùng.geojson").await.map(|()| 0),
        Step::Places(places, origin) => store.import_places(places, origin).await.map(|()| 0),
    };
    match answer {
        Ok(number) => number.to_string(),
        Err(error) => {
            let text = format!("{error:?}");
            text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
        }
    }
}

#[tokio::test]
async fn any_sequence_of_steps_leaves_both_kinds_of_store_with_the_same_answers() {
    for seed in 0..SEQUENCES {
        let (file, server) = (geopackage().await, postgis().await);
        if seed % 2 == 1 {
            // Rows of one commune in partitions of their own change nothing.
            let database = server.database.as_ref().expect("a database");
            database.run("set search_path = diachiso, public; select partition_commune('19870')");
        }
        let mut world =
            World { rng: Rng::new(seed), state: state(&units(), N, 0), batches: 0, decisions: 0 };
        let known = world.state.clone();
        for n in 0..STEPS {
            let step = world.step();
            let answers = (take(&*file.store, &step).await, take(&*server.store, &step).await);
            assert_eq!(answers.0, answers.1, "seed {seed}, step {n}: {step:?}");
            if n % 5 != 4 {
                continue;
            }
            let (a, b) = (told(&*file.store, &known).await, told(&*server.store, &known).await);
            same(&a, &b, &format!("seed {seed}, step {n}"));
            let (a, b) =
                (told(&*file.store, &world.state).await, told(&*server.store, &world.state).await);
            same(&a, &b, &format!("seed {seed}, step {n}, as it is"));
        }
    }
}
