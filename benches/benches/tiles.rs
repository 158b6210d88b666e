//! How many tiles a second does a server on one core hand out, how long does a cold one take, and what do nginx with the same
//! bytes as files and Martin over PostGIS do?
//!
//! Needs `wrk` and `taskset` (`DIACHISO_BIN` names another program than the one that is built): the server runs on core 0,
//! the load on core 1. nginx is measured where it is installed. Martin is measured where `target/peers/bin/martin` is
//! (`cargo install martin --no-default-features --features postgres --root target/peers`) and `DIACHISO_BENCH_PG` names an
//! empty database with `PostGIS`, to which the store is copied.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use diachiso_benches::{Arguments, Inputs, Table, count, program, seconds, until_at_rest};
use diachiso_model::LonLat;
use diachiso_spatial::tile::TileId;

const ZOOMS: std::ops::RangeInclusive<u8> = 8..=14;
const LAYERS: [&str; 4] = ["communes", "villages", "density", "gaps"];
/// West, south, east, north of the province.
const PROVINCE: [f64; 4] = [107.03, 15.99, 108.21, 16.75];
/// Tiles of a layer and zoom at most.
const TILES: usize = 200;
/// Of a source of the peer: each costs it a query.
const TILES_OF_PEER: usize = 30;
/// How long a server is loaded, and by how many connections.
const LOAD: &str = "2s";
const CONNECTIONS: &str = "8";
/// A tile that takes so long is not asked for by eight at a time: the server would still be at it when the next is measured.
const SLOW: Duration = Duration::from_millis(200);
/// How long such tiles are asked for.
const SERIAL: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_mins(2);
const PORTS: [u16; 3] = [18_080, 18_081, 18_082];

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("tiles") else { return Ok(()) };
    let program = env::var_os("DIACHISO_BIN").map_or_else(program, |path| Ok(path.into()))?;
    let target = program.ancestors().nth(2).context("the folder of what is built")?;
    let martin_program = target.join("peers/bin/martin");
    let (inputs, store) = loaded(&program, arguments.households)?;
    let [own, files, martin] = PORTS;
    let begun = Instant::now();
    let listen = format!("127.0.0.1:{own}");
    let path = store.to_str().context("a path that is text")?;
    let mut serve = Command::new("taskset");
    serve.args(["-c", "0"]).arg(&program).args(["serve", "--store", path, "--listen", &listen]);
    // One caller asks for everything here.
    serve.args(["--rate-per-second", "10000000", "--rate-burst", "10000000"]);
    let server = Running::start(&mut serve)?;
    until_answered(own, "/tiles/communes/0/0/0")?;
    println!(
        "tiles: {} households; first tile {} after the start, {} MiB",
        count(arguments.households),
        seconds(begun.elapsed()),
        server.mib().unwrap_or(0)
    );
    // What takes submissions in is made ready for a while after the start, on the same core.
    until_at_rest(server.0.id())?;
    println!("at rest {} after the start", seconds(begun.elapsed()));
    let mut table = Table::new(&["server", "zoom", "tiles", "p99 cold ms", "coding", "requests/s"]);
    let folder = inputs.folder().join("tiles");
    for z in ZOOMS {
        let (urls, cold) = cold(own, z, &folder)?;
        for coding in ["identity", "gzip"] {
            let warm = load(own, &urls, coding, inputs.folder())?;
            table.push([
                "ours".into(),
                z.to_string(),
                urls.len().to_string(),
                format!("{cold:.1}"),
                coding.into(),
                warm,
            ]);
        }
        if let Some(_nginx) = nginx(files, &folder, inputs.folder())? {
            until_answered(files, &urls[0])?;
            for coding in ["identity", "gzip"] {
                let warm = load(files, &urls, coding, inputs.folder())?;
                table.push([
                    "nginx, files".into(),
                    z.to_string(),
                    urls.len().to_string(),
                    String::new(),
                    coding.into(),
                    warm,
                ]);
            }
        }
    }
    drop(server);
    println!("\n{table}");
    let mut table = Table::new(&["server", "zoom", "tiles", "coding", "requests/s"]);
    match (martin_program.as_path(), env::var("DIACHISO_BENCH_PG")) {
        (peer, Ok(database)) if peer.exists() && !arguments.without_peers => {
            run(Command::new(&program).args(["migrate", "--store", &database]))?;
            run(Command::new(&program).args(["store", "copy", path, &database]))?;
            for (name, cache) in [("Martin without cache", Some("0")), ("Martin", None)] {
                let listen = format!("127.0.0.1:{martin}");
                let mut serve = Command::new("taskset");
                serve.args(["-c", "0"]).arg(peer).args(["--listen-addresses", &listen]);
                serve.args(cache.iter().flat_map(|mb| ["--cache-size", mb]));
                let _server = Running::start(serve.arg(&database))?;
                until_answered(martin, "/catalog")?;
                for z in ZOOMS {
                    for source in ["coverage", "submissions"] {
                        let urls = answered(martin, source, z)?;
                        for coding in ["identity", "gzip"] {
                            table.push([
                                format!("{name}, {source}"),
                                z.to_string(),
                                urls.len().to_string(),
                                coding.into(),
                                patient_load(martin, &urls, coding, inputs.folder())?,
                            ]);
                        }
                    }
                }
            }
        }
        _ => println!(
            "Martin was not measured: target/peers/bin/martin or DIACHISO_BENCH_PG is missing"
        ),
    }
    println!("\n{table}");
    Ok(())
}

/// A store of so many households, and the folder that it lies in.
fn loaded(program: &Path, households: u64) -> anyhow::Result<(Inputs, PathBuf)> {
    let inputs = Inputs::make(households)?;
    let store = inputs.folder().join("tiles.gpkg");
    let mut command = Command::new(program);
    command.arg("run").arg("--store").arg(&store).args(["--legal-basis", "bench"]);
    command
        .arg("--register")
        .args(&inputs.registers)
        .arg("--submissions")
        .args(&inputs.submissions);
    run(&mut command)?;
    Ok((inputs, store))
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.stdout(Stdio::null()).status()?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// A server that is stopped with its value.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Ok(Self(child.with_context(|| format!("{command:?}"))?))
    }

    /// Memory that it has in use; `taskset` becomes the program that it starts.
    fn mib(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kib| kib / 1024)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks for a path once; status and body.
fn get(port: u16, path: &str) -> anyhow::Result<(u16, Vec<u8>)> {
    get_coded(port, path, "identity")
}

fn get_coded(port: u16, path: &str, coding: &str) -> anyhow::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end =
        answer.windows(4).position(|w| w == b"\r\n\r\n").context("an answer without an end")?;
    let status = std::str::from_utf8(&answer[9..12])?.parse()?;
    Ok((status, answer.split_off(end + 4)))
}

fn until_answered(port: u16, path: &str) -> anyhow::Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if get(port, path).is_ok_and(|(status, _)| status < 400) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(10));
    }
    bail!("nobody answers {path} on port {port}")
}

/// Tiles of a zoom over the province, evenly chosen, as `z/x/y`.
fn tiles(z: u8) -> anyhow::Result<Vec<String>> {
    let [west, south, east, north] = PROVINCE;
    let (from, to) =
        (TileId::at(LonLat::new(west, north)?, z)?, TileId::at(LonLat::new(east, south)?, z)?);
    let all: Vec<String> = (from.x()..=to.x())
        .flat_map(|x| (from.y()..=to.y()).map(move |y| format!("{z}/{x}/{y}")))
        .collect();
    let step = all.len().div_ceil(TILES);
    Ok(all.into_iter().step_by(step).collect())
}

/// Paths of the tiles of a source of Martin's with something in them.
fn answered(port: u16, source: &str, z: u8) -> anyhow::Result<Vec<String>> {
    let mut urls = Vec::new();
    for tile in tiles(z)? {
        let url = format!("/{source}/{tile}");
        if get(port, &url)?.0 == 200 {
            urls.push(url);
        }
        if urls.len() == TILES_OF_PEER {
            break;
        }
    }
    ensure!(!urls.is_empty(), "no tile of {source} at zoom {z} has anything in it");
    Ok(urls)
}

/// Asks for tiles that nobody asked for before and keeps their bytes as files: the paths of those with something in them,
/// and the 99th percentile of the time that one took, in milliseconds.
fn cold(port: u16, z: u8, folder: &Path) -> anyhow::Result<(Vec<String>, f64)> {
    let (mut urls, mut took) = (Vec::new(), Vec::new());
    for tile in tiles(z)? {
        for layer in LAYERS {
            let url = format!("/tiles/{layer}/{tile}");
            let begun = Instant::now();
            let (status, body) = get(port, &url)?;
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
            if status == 200 {
                let file = folder.join(url.trim_start_matches('/'));
                fs::create_dir_all(file.parent().context("a folder")?)?;
                fs::write(&file, &body)?;
                run(Command::new("gzip").arg("-kf").arg(&file))?;
                urls.push(url);
            }
        }
    }
    took.sort_by(f64::total_cmp);
    let p99 = took[(took.len() * 99 / 100).min(took.len() - 1)];
    ensure!(!urls.is_empty(), "no tile at zoom {z} has anything in it");
    Ok((urls, p99))
}

/// The same of a server that may take long for one: where it does, tiles are asked for one after the other.
fn patient_load(port: u16, urls: &[String], coding: &str, folder: &Path) -> anyhow::Result<String> {
    let begun = Instant::now();
    let (mut asked, mut slowest) = (0_u32, Duration::ZERO);
    for url in urls.iter().cycle() {
        let one = Instant::now();
        let (status, _) = get_coded(port, url, coding)?;
        ensure!(status == 200, "{url} is answered with {status}");
        asked += 1;
        slowest = slowest.max(one.elapsed());
        if asked as usize >= urls.len().min(8) && slowest < SLOW {
            return load(port, urls, coding, folder);
        }
        if slowest >= SLOW && begun.elapsed() > SERIAL {
            break;
        }
    }
    Ok(format!("{:.2} (one by one)", f64::from(asked) / begun.elapsed().as_secs_f64()))
}

/// Requests a second that a server answers, asked on the other core.
fn load(port: u16, urls: &[String], coding: &str, folder: &Path) -> anyhow::Result<String> {
    let script = folder.join("load.lua");
    let list: Vec<String> = urls.iter().map(|url| format!("{url:?}")).collect();
    fs::write(
        &script,
        format!(
            "local urls = {{ {} }}\nlocal at = 0\nrequest = function()\n  at = at % #urls + 1\n  return wrk.format('GET', urls[at], {{ ['Accept-Encoding'] = '{coding}' }})\nend\n",
            list.join(", ")
        ),
    )?;
    let said = Command::new("taskset")
        .args(["-c", "1", "wrk", "-t", "1", "-c", CONNECTIONS, "-d", LOAD, "-s"])
        .arg(&script)
        .arg(format!("http://127.0.0.1:{port}"))
        .output()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    ensure!(!said.contains("Non-2xx"), "not all were answered: {said}");
    let rate = said.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    Ok(rate.context("wrk says no rate")?.trim().to_owned())
}

/// nginx over a folder of files, where it is installed.
fn nginx(port: u16, files: &Path, folder: &Path) -> anyhow::Result<Option<Running>> {
    if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_err() {
        return Ok(None);
    }
    let settings = folder.join("nginx.conf");
    let (root, own) = (files.display(), folder.display());
    fs::write(
        &settings,
        format!(
            "daemon off; worker_processes 1; pid {own}/nginx.pid; error_log {own}/nginx.log;\nevents {{ worker_connections 64; }}\nhttp {{ access_log off; sendfile on; gzip_static on; open_file_cache max=10000; default_type application/vnd.mapbox-vector-tile;\n  server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
        ),
    )?;
    let mut serve = Command::new("taskset");
    serve.args(["-c", "0", "nginx", "-c"]).arg(&settings);
    Running::start(&mut serve).map(Some)
}
