//! Blocks against all pairs, and records made to blow up the work.

use diachiso_link::{
    Between, Cell, Decisions, Effort, HOUSEHOLDS_TOML, Linker, Model, Pair, Records, Scorer, Table,
    clusters, estimate, find_pairs,
};

/// A fixed sequence of numbers that look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const FAMILIES: [&str; 8] = ["nguyễn", "trần", "lê", "phạm", "hoàng", "phan", "võ", "đặng"];
const MIDDLES: [&str; 8] = ["văn", "thị", "đình", "hữu", "ngọc", "xuân", "minh", "quang"];
const GIVEN: [&str; 12] =
    ["an", "bình", "cường", "dũng", "hà", "hải", "hùng", "lan", "mai", "thủy", "thúy", "tuấn"];
const STREETS: [&str; 6] =
    ["nguyễn huệ", "lê lợi", "trần phú", "hùng vương", "tố hữu", "cao bá quát"];

/// A household as the starter model sees it; in the order of its columns.
#[derive(Clone)]
struct Household {
    texts: [String; 9],
    members: f64,
    position: [f64; 2],
}

impl Household {
    fn draw(dice: &mut Dice, number: usize) -> Self {
        let head =
            format!("{} {} {}", dice.pick(&FAMILIES), dice.pick(&MIDDLES), dice.pick(&GIVEN));
        let phone = format!("09{:08}", dice.below(100_000_000));
        let texts = [
            head,
            phone,
            format!("046{:09}", number * 7919),
            format!("49{number:08}"),
            (1 + dice.below(60)).to_string(),
            String::new(),
            dice.pick(&STREETS).to_owned(),
            format!("thôn {}", 1 + dice.below(8)),
            format!("xã {}", 1 + dice.below(4)),
        ];
        let at = |dice: &mut Dice| dice.below(20_000) as f64 * 1e-6;
        let position = [107.5 + at(dice), 16.5 + at(dice)];
        Self { texts, members: (1 + dice.below(7)) as f64, position }
    }

    /// Handed in once more, with an error or two.
    fn again(&self, dice: &mut Dice) -> Self {
        let mut copy = self.clone();
        for _ in 0..=dice.below(2) {
            match dice.below(6) {
                0 => copy.texts[1].clear(),
                1 => copy.texts[2].clear(),
                2 => copy.texts[3].clear(),
                3 => copy.texts[0] = copy.texts[0].replace(['ễ', 'ầ', 'ê', 'ị', 'ă', 'ủ'], "e"),
                4 => copy.position[0] += 8e-5,
                _ => copy.texts[4].clear(),
            }
        }
        copy
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        let texts = self.texts.iter().map(|text| Cell::Text(text));
        texts.chain([Cell::Number(self.members), Cell::Point(self.position)]).collect()
    }
}

fn model() -> Model {
    Model::parse(HOUSEHOLDS_TOML).expect("the starter model")
}

fn table<'a>(model: &Model, all: impl IntoIterator<Item = &'a Household>) -> Table {
    let columns = model.columns.iter().map(|c| c.kind.column(0)).collect();
    let mut table = Table::new(columns).expect("columns of one length");
    for (name, household) in (0..).zip(all) {
        table.push(name, &household.cells()).expect("cells that fit");
    }
    table
}

/// `n` households, one in six of them twice.
fn village(n: usize) -> Vec<Household> {
    let mut dice = Dice(11);
    let mut all: Vec<Household> = (0..n).map(|i| Household::draw(&mut dice, i)).collect();
    for i in 0..n {
        if dice.one_in(6) {
            let again = all[i].again(&mut dice);
            all.push(again);
        }
    }
    all
}

/// The starter model as an ordinary village teaches it.
fn taught() -> Model {
    let model = model();
    let table = table(&model, &village(3000));
    let mut records = Records::new(model, table).expect("records");
    estimate(&mut records, Effort { random_pairs: 200_000, pairs_per_block: 50_000 }).model
}

#[test]
fn blocks_miss_few_of_the_pairs_that_all_pairs_give() {
    let model = taught();
    let all = village(1720);
    let records = Records::new(model.clone(), table(&model, &all)).expect("records");
    assert!(records.len() >= 2000, "{} records", records.len());
    let scorer = Scorer::new(&records);
    let upper = model.thresholds.upper_bits;
    let n = records.len() as u32;
    let every = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    let wanted: Vec<(u32, u32)> =
        every.filter(|(a, b)| scorer.bits(&records, *a, *b) >= upper).collect();
    let found = find_pairs(&records, &scorer, Between::All, upper);
    let found: Vec<(u32, u32)> = found.pairs.iter().map(|Pair { a, b, .. }| (*a, *b)).collect();
    let missed = wanted.iter().filter(|pair| found.binary_search(pair).is_err()).count();
    println!("{missed} of {} pairs missed by blocks", wanted.len());
    assert!(wanted.len() > 250, "{} pairs: nothing is tested", wanted.len());
    assert!(
        found.iter().all(|pair| wanted.binary_search(pair).is_ok()),
        "a pair that all pairs lack"
    );
    assert!(missed * 100 <= wanted.len(), "{missed} of {} missed", wanted.len());
}

/// Links hostile records; checks that the work was bounded and that what was capped is told. Returns the clusters.
fn bounded(all: &[Household], capped_least: u64) -> Vec<u32> {
    let model = taught();
    let records = Records::new(model.clone(), table(&model, all)).expect("records");
    let scorer = Scorer::new(&records);
    let found = find_pairs(&records, &scorer, Between::All, model.thresholds.lower_bits);
    let n = records.len() as u64;
    let most = model.limits.block.max(model.limits.window) as u64 * n;
    for block in &found.blocks {
        assert!(
            block.compared <= most,
            "{} pairs for {n} records: {}",
            block.compared,
            block.written
        );
        if block.capped_blocks > 0 {
            assert!(block.pairs_left_out > 0 && block.largest > model.limits.block as u64);
        }
    }
    let largest = found.blocks.iter().map(|block| block.largest).max().unwrap_or_default();
    assert!(largest >= capped_least, "a block of {capped_least} is not told: {largest}");
    clusters(&records, &scorer, &found.pairs, &Decisions::new(), model.thresholds.upper_bits)
}

#[test]
fn ten_thousand_identical_rows_are_one_cluster() {
    let mut dice = Dice(3);
    let one = Household::draw(&mut dice, 1);
    let of = bounded(&vec![one; 10_000], 10_000);
    assert!(of.iter().all(|representative| *representative == 0));
}

#[test]
fn one_phone_on_every_row_joins_nobody() {
    let mut dice = Dice(5);
    let mut all: Vec<Household> = (0..10_000).map(|i| Household::draw(&mut dice, i)).collect();
    for household in &mut all {
        household.texts[1] = "0905123456".to_owned();
    }
    let of = bounded(&all, 10_000);
    let joined = of.iter().enumerate().filter(|(row, of)| *row != **of as usize).count();
    assert!(joined * 50 < all.len(), "{joined} of {} joined by one phone", all.len());
}

#[test]
fn empty_fields_everywhere_are_no_evidence() {
    let nothing =
        Household { texts: Default::default(), members: f64::NAN, position: [f64::NAN; 2] };
    let of = bounded(&vec![nothing; 10_000], 0);
    assert!(of.iter().enumerate().all(|(row, of)| row == *of as usize));
}

#[test]
fn a_block_of_a_hundred_thousand_is_capped_and_told() {
    let mut dice = Dice(9);
    let mut all: Vec<Household> = (0..100_000).map(|i| Household::draw(&mut dice, i)).collect();
    for household in &mut all {
        household.texts[3] = "4900000001".to_owned();
    }
    bounded(&all, 100_000);
}

#[test]
fn hostile_records_one_after_the_other_are_bounded_too() {
    let model = {
        let mut model = taught();
        model.prior.records = Some(3000);
        model
    };
    let mut dice = Dice(21);
    let mut all: Vec<Household> = (0..1_500).map(|i| Household::draw(&mut dice, i)).collect();
    for household in &mut all {
        household.texts[1] = "0905123456".to_owned();
    }
    let mut linker =
        Linker::new(model.clone(), table(&model, &[]), Decisions::new()).expect("a linker");
    let most = ((model.limits.block + 2 * model.limits.window) * model.blocks.len()) as u64;
    for (name, household) in (0..).zip(&all) {
        let change = linker.insert(name, &household.cells()).expect("a new name");
        assert!(change.compared <= most, "{} pairs for one record", change.compared);
    }
    let phone = linker.capped().find(|(written, ..)| *written == "phone");
    assert_eq!(phone, Some(("phone", 1, 1500)));
}
