//! What must hold of any records: order, batches, changes and hostile content do not decide who is one entity.

use diachiso_link::{
    Between, Cell, Column, Decision, Decisions, Frequencies, Linker, Model, Pair, Records, Scorer,
    Table, clusters, find_pairs,
};
use proptest::prelude::*;

/// Three texts, a number and a position; blocks so small that their limits are met all the time.
const MODEL: &str = r#"
[columns]
head = { kind = "name", from = ["head"] }
phone = { kind = "text", from = ["phone"] }
village = { kind = "name", from = ["village"] }
members = { kind = "number", from = ["members"] }
position = { kind = "point", from = ["lat", "lon"] }

[[block]]
on = ["phone"]

[[block]]
on = ["consonants(head)"]

[[block]]
on = ["village", "square(position, 30)"]

[[compare]]
column = "head"
by_frequency = true
levels = ["exact", "unmarked", "same_words", "edits <= 1", "initials", "otherwise"]

[[compare]]
column = "phone"
levels = ["exact", "edits <= 1", "otherwise"]

[[compare]]
name = "place"
column = "village"
levels = ["metres(position) <= 15 and exact", "exact", "otherwise"]

[[compare]]
column = "members"
levels = ["exact", "difference <= 1", "otherwise"]

[thresholds]
upper_bits = 2.0
lower_bits = -2.0

[limits]
block = 6
window = 2
"#;

const HEADS: [&str; 9] = [
    "nguyễn thị thủy",
    "nguyễn thị thúy",
    "nguyen thi thuy",
    "thủy nguyễn thị",
    "n t thủy",
    "trần văn an",
    "trần văn ân",
    "lê hoà",
    "",
];
const PHONES: [&str; 7] =
    ["0905000001", "0905000002", "0905000003", "0905000011", "0914000001", "0914000002", ""];
const VILLAGES: [&str; 3] = ["thôn 1", "thôn 2", ""];

/// A record by choices from the lists above.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    head: usize,
    phone: usize,
    village: usize,
    members: u8,
    step: u8,
}

impl Drawn {
    fn cells(self) -> [Cell<'static>; 5] {
        let members = if self.members == 0 { f64::NAN } else { f64::from(self.members) };
        let at = f64::from(self.step) * 5e-5;
        let point = if self.step == 0 { [f64::NAN; 2] } else { [107.5 + at, 16.5] };
        [
            Cell::Text(HEADS[self.head]),
            Cell::Text(PHONES[self.phone]),
            Cell::Text(VILLAGES[self.village]),
            Cell::Number(members),
            Cell::Point(point),
        ]
    }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    (0..HEADS.len(), 0..PHONES.len(), 0..VILLAGES.len(), 0_u8..5, 0_u8..12).prop_map(
        |(head, phone, village, members, step)| Drawn { head, phone, village, members, step },
    )
}

fn table(model: &Model, records: &[(u64, Drawn)]) -> Table {
    let columns: Vec<Column> = model.columns.iter().map(|c| c.kind.column(0)).collect();
    let mut table = Table::new(columns).expect("columns of one length");
    for (name, drawn) in records {
        table.push(*name, &drawn.cells()).expect("cells that fit");
    }
    table
}

/// The model with numbers under which a good part of all pairs counts.
fn model() -> Model {
    let mut model = Model::parse(MODEL).expect("a model");
    for comparison in &mut model.comparisons {
        let n = comparison.levels.len();
        for (at, level) in comparison.levels.iter_mut().enumerate() {
            // Shares among true pairs fall by thirds from the first level on, among others from the last.
            let share = |at: usize| 2.0 * 3_f64.powf(-(at as f64) - 1.0);
            (level.m, level.u) = (Some(share(at)), Some(share(n - 1 - at)));
        }
    }
    // Fixed, so that a score does not depend on what else is in the table.
    let listed = [("nguyễn thị thủy", 0.2), ("trần văn an", 0.1), ("*", 0.04)];
    model.frequencies = vec![Frequencies::default(); model.comparisons.len()];
    model.frequencies[0] = Frequencies(listed.map(|(text, share)| (text.into(), share)).to_vec());
    model.prior.records = Some(40);
    model.prior.pairs_per_record = 0.3;
    model
}

/// Pairs and clusters by name.
type State = (Vec<(u64, u64, f32)>, Vec<(u64, u64)>);

/// The state that a full run gives.
fn full(model: &Model, records: &[(u64, Drawn)], decisions: &Decisions) -> State {
    let records = Records::new(model.clone(), table(model, records)).expect("records");
    let scorer = Scorer::new(&records);
    let found = find_pairs(&records, &scorer, Between::All, model.thresholds.lower_bits);
    let of = clusters(&records, &scorer, &found.pairs, decisions, model.thresholds.upper_bits);
    let name = |row: u32| records.table().names()[row as usize];
    let by_name = |p: &Pair| {
        let (a, b) = (name(p.a), name(p.b));
        (a.min(b), a.max(b), p.bits)
    };
    let mut pairs: Vec<(u64, u64, f32)> = found.pairs.iter().map(by_name).collect();
    pairs.sort_unstable_by_key(|(a, b, _)| (*a, *b));
    let mut all: Vec<(u64, u64)> =
        (0..records.len() as u32).map(|row| (name(row), name(of[row as usize]))).collect();
    all.sort_unstable();
    (pairs, all)
}

fn state(linker: &Linker) -> State {
    (linker.pairs(), linker.clusters())
}

/// A change to records of a few names, so that most names are met several times.
#[derive(Clone, Debug)]
enum Step {
    Insert(u64, Drawn),
    Withdraw(u64),
    Decide(u64, u64, Option<Decision>),
}

fn step() -> impl Strategy<Value = Step> {
    let name = || 0_u64..48;
    let decision =
        prop_oneof![Just(Some(Decision::Same)), Just(Some(Decision::Different)), Just(None)];
    prop_oneof![
        5 => (name(), drawn()).prop_map(|(name, drawn)| Step::Insert(name, drawn)),
        3 => name().prop_map(Step::Withdraw),
        1 => (name(), name(), decision).prop_map(|(a, b, d)| Step::Decide(a, b, d)),
    ]
}

/// Takes a step in both the linker and a plain list; returns the names whose id the linker says has changed.
fn take(linker: &mut Linker, list: &mut Vec<(u64, Drawn)>, step: &Step) -> Vec<(u64, u64)> {
    match step {
        Step::Insert(name, drawn) => match linker.insert(*name, &drawn.cells()) {
            Ok(change) => {
                list.push((*name, *drawn));
                change.moved
            }
            Err(_) => Vec::new(),
        },
        Step::Withdraw(name) => match linker.withdraw(*name) {
            Ok(change) => {
                list.retain(|(other, _)| other != name);
                change.moved
            }
            Err(_) => Vec::new(),
        },
        Step::Decide(a, b, decision) => linker.decide(*a, *b, *decision).moved,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_thousand_changes_give_what_a_full_run_gives(
        first in prop::collection::vec(drawn(), 0..40),
        steps in prop::collection::vec(step(), 1000),
    ) {
        let model = model();
        let mut list: Vec<(u64, Drawn)> = (0..).zip(first).collect();
        let mut linker = Linker::new(model.clone(), table(&model, &list), Decisions::new()).expect("a linker");
        let mut seen: std::collections::BTreeSet<u64> = list.iter().map(|(name, _)| *name).collect();
        let mut published: std::collections::BTreeMap<u64, u64> = linker.clusters().into_iter().collect();
        let mut most_pairs = 0;
        for (at, step) in steps.iter().enumerate() {
            published.extend(take(&mut linker, &mut list, step));
            seen.extend(list.iter().map(|(name, _)| *name));
            if at % 97 == 0 || at + 1 == steps.len() {
                most_pairs = most_pairs.max(linker.pairs().len());
                prop_assert_eq!(state(&linker), full(&model, &list, linker.decisions()), "after step {}", at);
                // What changes were reported, and nothing else, changed.
                for (name, id) in linker.clusters() {
                    prop_assert_eq!(published.get(&name), Some(&id));
                }
                for name in &seen {
                    prop_assert!(linker.cluster(*name).is_some(), "{} answers no longer", name);
                }
            }
        }
        prop_assert!(most_pairs > 20, "{} pairs at most: nothing is tested", most_pairs);
    }

    #[test]
    fn to_insert_and_withdraw_changes_nothing(
        there in prop::collection::vec(drawn(), 1..60),
        come_and_go in prop::collection::vec(drawn(), 1..30),
    ) {
        let model = model();
        let list: Vec<(u64, Drawn)> = (100..).zip(there).collect();
        let mut linker = Linker::new(model.clone(), table(&model, &list), Decisions::new()).expect("a linker");
        let before = state(&linker);
        // Names below and above those that are there, so that ids change on the way.
        let name = |i: usize| if i.is_multiple_of(2) { i as u64 } else { 1000 + i as u64 };
        for (i, drawn) in come_and_go.iter().enumerate() {
            linker.insert(name(i), &drawn.cells()).expect("a new name");
        }
        for i in 0..come_and_go.len() {
            linker.withdraw(name(i)).expect("a record that is there");
        }
        prop_assert_eq!(state(&linker), before);
    }

    #[test]
    fn the_order_of_records_and_decisions_does_not_matter(
        records in prop::collection::vec(drawn(), 2..80),
        decided in prop::collection::vec((0_u64..80, 0_u64..80, any::<bool>()), 0..12),
        seed in any::<u64>(),
    ) {
        let model = model();
        let list: Vec<(u64, Drawn)> = (0..).zip(records).collect();
        let mut shuffled = list.clone();
        shuffled.sort_by_key(|(name, _)| (name ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 7);
        let mut decisions = Decisions::new();
        for (a, b, same) in decided {
            decisions.set(a, b, Some(if same { Decision::Same } else { Decision::Different }));
        }
        let expected = full(&model, &list, &decisions);
        prop_assert_eq!(&full(&model, &shuffled, &decisions), &expected);
        // One after the other, too.
        let mut linker = Linker::new(model.clone(), table(&model, &[]), decisions).expect("a linker");
        for (name, drawn) in &shuffled {
            linker.insert(*name, &drawn.cells()).expect("a new name");
        }
        prop_assert_eq!(&state(&linker), &expected);
    }

    #[test]
    fn decisions_hold_whatever_the_scores(
        records in prop::collection::vec(drawn(), 2..60),
        a in 0_u64..60, b in 0_u64..60,
    ) {
        let model = model();
        let list: Vec<(u64, Drawn)> = (0..).zip(records).collect();
        let n = list.len() as u64;
        let (a, b) = (a % n, b % n);
        prop_assume!(a != b);
        let mut linker = Linker::new(model.clone(), table(&model, &list), Decisions::new()).expect("a linker");
        let before = state(&linker);
        linker.decide(a, b, Some(Decision::Different));
        prop_assert_ne!(linker.cluster(a), linker.cluster(b));
        linker.decide(a, b, Some(Decision::Same));
        prop_assert_eq!(linker.cluster(a), linker.cluster(b));
        linker.decide(a, b, None);
        prop_assert_eq!(state(&linker), before);
    }

    #[test]
    fn a_score_is_the_same_both_ways_and_however_it_is_reached(
        records in prop::collection::vec(drawn(), 2..30),
        least in -10.0_f32..10.0,
    ) {
        let model = model();
        let list: Vec<(u64, Drawn)> = (0..).zip(records).collect();
        let records = Records::new(model.clone(), table(&model, &list)).expect("records");
        let scorer = Scorer::new(&records);
        for a in 0..records.len() as u32 {
            for b in 0..records.len() as u32 {
                let bits = scorer.bits(&records, a, b);
                prop_assert_eq!(bits.to_bits(), scorer.bits(&records, b, a).to_bits());
                let kept = scorer.bits_from(&records, a, b, least);
                prop_assert_eq!(kept, Some(bits).filter(|bits| *bits >= least));
                let explained: f32 = scorer.explain(&records, a, b).iter().map(|e| e.bits + e.rarity_bits).sum();
                prop_assert!((explained + scorer.prior_bits() - bits).abs() < 1e-3);
            }
        }
    }
}
