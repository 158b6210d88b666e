//! How fast are addresses turned into places, and how does `vietnamadminunits` compare?
//!
//! The whole province: 1,300 villages, 3,000 streets, 300,000 known houses, all made up. Addresses are written with
//! accents left out, old names and missing parts at 30 % each and typing errors at 15 %; the peer, which stops at the
//! commune, gets the first of them.

#[path = "../../crates/geocode/tests/support/mod.rs"]
mod support;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use diachiso_benches::{Arguments, Child, Table, count, fastest, rate, ratio, seconds};
use diachiso_geocode::{Audience, Index, Query, Scratch};
use diachiso_synth::{AddressNoise, AddressPlan};
use serde_json::Value;
use support::World;

/// Runs the peer on a file of addresses.
const SCRIPT: &str = include_str!("geocode.py");
const PACKAGE: &str = "vietnamadminunits==1.0.4";
/// Addresses that the peer gets: some seconds of its work.
const PEER_ADDRESSES: usize = 10_000;
/// Addresses of one measurement.
const ADDRESSES: usize = 200_000;
/// Texts that are typed letter by letter.
const TYPED: usize = 2_000;
/// Houses known to the index.
const KNOWN: usize = 300_000;
/// Streets of the province.
const STREETS: u64 = 3_000;

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("geocode") else { return Ok(()) };
    let world = world();
    let houses = world.addresses.houses.len();
    let known = |at: usize| (at * KNOWN) / houses != ((at + 1) * KNOWN) / houses;
    let (index, built) = fastest(arguments.runs, || Ok(world.index(known)))?;
    let stats = index.stats();
    println!(
        "index: {} villages, {} streets and hamlets, {} houses, {} unit versions; {:.1} MiB, built in {} s\n",
        count(stats.villages as u64),
        count(stats.streets as u64),
        count(stats.houses as u64),
        stats.units,
        stats.bytes as f64 / f64::from(1 << 20),
        seconds(built),
    );
    let addresses = written(&world);
    let mut table =
        Table::new(&["what", "addresses", "s", "addresses/s", "right commune", "× ours"]);
    let (right, took) = fastest(arguments.runs, || Ok(bulk(&index, &addresses)))?;
    let share = |right: u64, of: usize| format!("{:.2} %", 100.0 * right as f64 / of as f64);
    table.push([
        "diachiso, all cores".to_owned(),
        count(addresses.len() as u64),
        seconds(took),
        rate(addresses.len() as u64, took),
        share(right, addresses.len()),
        "1".to_owned(),
    ]);
    let (_, one) = fastest(arguments.runs, || Ok(alone(&index, &addresses)))?;
    table.push([
        "diachiso, one core".to_owned(),
        count(addresses.len() as u64),
        seconds(one),
        rate(addresses.len() as u64, one),
        String::new(),
        ratio(one.as_secs_f64(), took.as_secs_f64()),
    ]);
    let mut note = String::new();
    if !arguments.without_peers {
        match peer(&addresses[..PEER_ADDRESSES.min(addresses.len())]) {
            Ok((addresses, theirs, found)) => {
                let each = took.as_secs_f64() / ADDRESSES as f64;
                table.push([
                    PACKAGE.to_owned(),
                    count(addresses as u64),
                    seconds(theirs),
                    rate(addresses as u64, theirs),
                    share(found, addresses),
                    ratio(theirs.as_secs_f64() / addresses as f64, each),
                ]);
            }
            Err(error) => note = format!("\n{PACKAGE} was not measured: {error:#}\n"),
        }
    }
    println!("{table}{note}");
    let (asked, [middle, most, longest]) = typed(&index, &addresses);
    println!(
        "\nsuggest: {} requests, letter by letter; half in {middle:.3} ms, 99 % in {most:.3} ms, all in {longest:.3} ms",
        count(asked as u64)
    );
    Ok(())
}

fn world() -> World {
    let plan = AddressPlan { seed: 7, villages: 0, streets: 0, rural_houses: 0 };
    let urban = World::new(plan).addresses.communes.iter().filter(|c| c.urban).count() as u64;
    World::new(AddressPlan {
        villages: 10,
        streets: STREETS.div_ceil(urban),
        rural_houses: 60,
        ..plan
    })
}

/// Texts and the commune of today of each.
fn written(world: &World) -> Vec<(String, String)> {
    let houses = world.addresses.houses.len();
    let step = (houses / ADDRESSES).max(1);
    let units = &world.reference.units;
    let mut out = Vec::with_capacity(ADDRESSES);
    for hand in 0.. {
        for house in (0..houses).step_by(step) {
            if out.len() == ADDRESSES {
                return out;
            }
            let Some(text) = world.addresses.written(house, hand, &AddressNoise::HEAVY) else {
                continue;
            };
            let village = world.addresses.houses[house].village as usize;
            let commune = world.now(world.addresses.villages[village].commune);
            out.push((text.text, units.get(commune).full_name()));
        }
    }
    out
}

fn query(text: &str) -> Query<'_> {
    Query { audience: Audience::Entitled, ..Query::of(text) }
}

/// Answers all at once; how many end in the right commune.
fn bulk(index: &Index, addresses: &[(String, String)]) -> u64 {
    let queries: Vec<Query<'_>> = addresses.iter().map(|(text, _)| query(text)).collect();
    let answers = index.geocode_all(&queries);
    let right = answers.iter().zip(addresses).filter(|(answer, (_, commune))| {
        let best = answer.as_ref().ok().and_then(|answer| answer.best());
        best.is_some_and(|best| {
            matches!(best.now.as_slice(), [one] if index.units().get(*one).full_name() == *commune)
        })
    });
    right.count() as u64
}

fn alone(index: &Index, addresses: &[(String, String)]) -> usize {
    let mut scratch = Scratch::default();
    let found = addresses.iter().filter(|(text, _)| {
        index.geocode(&query(text), &mut scratch).is_ok_and(|answer| answer.best().is_some())
    });
    found.count()
}

/// Milliseconds of suggestions while addresses are typed: median, 99th percentile, longest.
fn typed(index: &Index, addresses: &[(String, String)]) -> (usize, [f64; 3]) {
    let mut scratch = Scratch::default();
    let mut took: Vec<f64> = Vec::new();
    let step = (addresses.len() / TYPED).max(1);
    for (text, _) in addresses.iter().step_by(step) {
        for (end, _) in text.char_indices().skip(1) {
            let started = Instant::now();
            let found = index.suggest(&text[..end], 10, Audience::Entitled, &mut scratch);
            took.push(started.elapsed().as_secs_f64() * 1e3);
            debug_assert!(found.is_ok());
        }
    }
    took.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    (took.len(), [at(0.5), at(0.99), at(1.0)])
}

/// What the peer takes for the same texts.
fn peer(addresses: &[(String, String)]) -> anyhow::Result<(usize, Duration, u64)> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/geocode");
    let python = install(&home)?;
    let folder = tempfile::Builder::new().prefix("diachiso-bench-").tempdir()?;
    let [script, list] = ["geocode.py", "addresses.tsv"].map(|name| folder.path().join(name));
    fs::write(&script, SCRIPT)?;
    let mut file = std::io::BufWriter::new(fs::File::create(&list)?);
    for (text, commune) in addresses {
        writeln!(file, "{text}\t{commune}")?;
    }
    file.flush()?;
    let ran = Child::run(Command::new(&python).args([&script, &list]))?;
    let said: Value = serde_json::from_str(ran.said.lines().last().context("no answer")?)?;
    let number = |of: &str| said[of].as_f64().with_context(|| format!("{of} in `{said}`"));
    Ok((
        number("addresses")? as usize,
        Duration::from_secs_f64(number("seconds")?),
        number("right")? as u64,
    ))
}

fn install(home: &Path) -> anyhow::Result<PathBuf> {
    let (python, stamp) = (home.join("bin/python"), home.join("packages.txt"));
    if fs::read_to_string(&stamp).is_ok_and(|there| there == PACKAGE) {
        return Ok(python);
    }
    Child::run(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    Child::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]))?;
    fs::write(&stamp, PACKAGE)?;
    Ok(python)
}
