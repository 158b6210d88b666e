//! How long do people wait for a server, when it is read and when it is written to?
//!
//! The program itself serves a province whose gap list has a million rows, from a GeoPackage and, where `DIACHISO_TEST_PG` names
//! a server, from PostGIS. wrk (a package of Debian) asks and counts; files are read to their end over one connection.
//! `DIACHISO_NICE=-10` gives the server that niceness, where other work runs on the machine.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use diachiso_benches::{Arguments, Table, count, program, until_at_rest};
use diachiso_testkit::PgDatabase;
use serde_json::Value;

/// Bytes of the files of submissions that are loaded, so that most households stay on the gap list.
const LOADED_BYTES: usize = 14_000_000;
/// Rows of the batch that comes while collectors post.
const BATCH_ROWS: usize = 100_000;
/// Rows of a page, and the page far into the list.
const PAGE: u64 = 100;
const LATE: u64 = 10_000;
/// How long each question is asked, and submissions are posted.
const ASKED: &str = "10s";
const POSTED: &str = "30s";
/// How long a run over a million households takes, and more.
const WARMING: Duration = Duration::from_secs(30);
/// Who asks at a time, and who posts.
const READERS: &str = "8";
const COLLECTORS: &str = "100";

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("load") else { return Ok(()) };
    if Command::new("wrk").arg("--version").output().is_err() {
        eprintln!("load: not run, because wrk is not installed");
        return Ok(());
    }
    let folder = tempfile::Builder::new().prefix("diachiso-bench-").tempdir()?;
    let bench = Bench { program: program()?, folder: folder.path().to_owned() };
    let file = bench.filled(arguments.households)?;
    println!("load: {} households\n", count(arguments.households));
    let mut stores = vec![("GeoPackage", file.clone())];
    let database = std::env::var_os("DIACHISO_TEST_PG").map(|_| PgDatabase::create());
    if let Some(database) = &database {
        bench.run(&["migrate", "--store", database.url()])?;
        bench.run(&["store", "copy", &file, database.url()])?;
        // A database that was filled long ago: what copying left to be written would be written while people wait.
        database.run("vacuum (analyze); checkpoint");
        stores.push(("PostGIS", database.url().to_owned()));
    }
    let mut table =
        Table::new(&["store", "what", "requests/s", "p50 ms", "p95 ms", "p99 ms", "most ms"]);
    let mut rest = String::new();
    for (name, store) in stores {
        let token = bench.run(&["token", "--store", &store])?;
        let server = Server::start(&bench, &store, token.trim())?;
        // The map first, so that what is made after it is waited for too.
        server.whole("/tiles/communes/0/0/0")?;
        until_at_rest(server.child.id())?;
        let mut line = |what: &str, told: &Value| {
            let number = |key: &str| told[key].as_f64().unwrap_or(f64::NAN);
            let ms = |key: &str| format!("{:.2}", number(key));
            let rate = format!("{:.0}", number("requests") / number("seconds"));
            let cells = [ms("p50_ms"), ms("p95_ms"), ms("p99_ms"), ms("max_ms")];
            let [a, b, c, d] = cells;
            table.push([name.to_owned(), what.to_owned(), rate, a, b, c, d]);
        };
        line(
            "coverage of the province by village",
            &server.asked("/api/v1/coverage?level=village")?,
        );
        let first = format!("/api/v1/areas/46/gaps?limit={PAGE}");
        line("gap list, page 1", &server.asked(&first)?);
        let (late, number) = server.late()?;
        line(&format!("gap list, page {}", count(number)), &server.asked(&late)?);
        let before = server.most_mib()?;
        let csv = server.whole("/api/v1/areas/46/gaps?format=csv&purpose=bench")?;
        writeln!(
            rest,
            "{name}: {} rows of csv, {} MB, in {:.2} s; the server's memory was {before} MiB at most before and {} MiB after",
            count(csv.lines - 1),
            csv.bytes / 1_000_000,
            csv.took.as_secs_f64(),
            server.most_mib()?
        )?;
        // The first submission waits for what judges it, and its run for the state that later ones go on from.
        server.warm()?;
        line("one submission, 100 collectors", &server.posted(name, &[])?);
        let batch = bench.batch()?;
        line("the same while a batch comes", &server.posted(name, &batch)?);
    }
    println!("{table}\n{rest}");
    Ok(())
}

struct Bench {
    program: PathBuf,
    folder: PathBuf,
}

impl Bench {
    fn run(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(&self.program).args(args).current_dir(&self.folder).output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{args:?}: {told}");
        Ok(String::from_utf8(output.stdout)?)
    }

    fn made(&self) -> PathBuf {
        self.folder.join("made")
    }

    /// A store with a register and a few submissions.
    fn filled(&self, households: u64) -> anyhow::Result<String> {
        let (made, store) = (self.made(), self.folder.join("load.gpkg"));
        let text = |path: &Path| path.to_string_lossy().into_owned();
        self.run(&["generate", "--households", &households.to_string(), "--out", &text(&made)])?;
        let all = fs::read(made.join("phieu-dot-1.csv"))?;
        let cut = all[..LOADED_BYTES.min(all.len())].iter().rposition(|byte| *byte == b'\n');
        let few = self.folder.join("few.csv");
        fs::write(&few, &all[..=cut.context("no row")?])?;
        let (register, few) = (text(&made.join("register.csv")), text(&few));
        let signed = ["--legal-basis", "bench", "--accept", "bench", "--by", "bench"];
        let files = ["--register", &register, "--submissions", &few, "--today", "2024-12-01"];
        let store = text(&store);
        self.run(&[&["run", "--store", &store][..], &files, &signed].concat())?;
        Ok(store)
    }

    /// Rows that are not in the store yet.
    fn batch(&self) -> anyhow::Result<Vec<u8>> {
        let all = fs::read(self.made().join("phieu-dot-2.csv"))?;
        let mut ends = (0_usize..).zip(&all).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
        let end = ends.nth(BATCH_ROWS).unwrap_or(all.len() - 1);
        Ok(all[..=end].to_vec())
    }
}

struct Server {
    child: Child,
    address: String,
    token: String,
}

struct Whole {
    lines: u64,
    bytes: u64,
    took: Duration,
}

impl Server {
    fn start(bench: &Bench, store: &str, token: &str) -> anyhow::Result<Self> {
        let mut serve = match std::env::var("DIACHISO_NICE") {
            Ok(niceness) => {
                let mut nice = Command::new("nice");
                nice.args(["-n", &niceness]).arg(&bench.program);
                nice
            }
            Err(_) => Command::new(&bench.program),
        };
        serve.args(["serve", "--listen", "127.0.0.1:0", "--today", "2024-12-01", "--store", store]);
        serve.args(["--rate-per-second", "1000000", "--rate-burst", "1000000"]);
        serve.args(["--token-rate-per-second", "1000000", "--token-rate-burst", "1000000"]);
        let mut child = serve.current_dir(&bench.folder).stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("no standard error")?).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("http://")?.1.trim_end_matches('/').to_owned()));
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
        let address = address.context("the server does not say where it is")?;
        Ok(Self { child, address, token: token.to_owned() })
    }

    fn wrk(&self, path: &str) -> Command {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load.lua");
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "--timeout", "20s", "-s", script]).env("LOAD_PATH", path);
        wrk.env("LOAD_TOKEN", &self.token).arg(format!("http://{}", self.address));
        wrk
    }

    /// Asks again and again; the first answers, which are made anew, are not counted.
    fn asked(&self, path: &str) -> anyhow::Result<Value> {
        self.whole(path)?;
        told(self.wrk(path).args(["-c", READERS, "-d", ASKED]))
    }

    /// Hands in one submission and leaves the server time to publish it.
    fn warm(&self) -> anyhow::Result<()> {
        let body = r#"{"head": "Nguyễn Văn Đầu", "form": "LE-0", "commune": "Thị trấn Sịa", "legal_basis": "QĐ 12"}"#;
        let mut head = String::new();
        let answer = self.send("POST", "/api/v1/submissions", body.as_bytes())?;
        BufReader::new(answer).read_line(&mut head)?;
        ensure!(head.contains(" 202 "), "a submission is refused: {head}");
        thread::sleep(WARMING);
        Ok(())
    }

    /// Posts single submissions, and a batch at the same time where there is one.
    fn posted(&self, name: &str, batch: &[u8]) -> anyhow::Result<Value> {
        let path = "/api/v1/submissions";
        let mut wrk = self.wrk(path);
        wrk.args(["-c", COLLECTORS, "-d", POSTED]);
        wrk.env("LOAD_WRITE", format!("{name}-{}", batch.len()));
        thread::scope(|scope| {
            let sent = scope.spawn(|| self.hand_in(batch));
            let told = told(&mut wrk);
            sent.join().map_err(|_| anyhow::anyhow!("the batch was not sent"))??;
            told
        })
    }

    fn hand_in(&self, batch: &[u8]) -> anyhow::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        // The collectors are at work by then.
        thread::sleep(Duration::from_secs(3));
        let begun = Instant::now();
        let path = "/api/v1/batches?kind=submissions&legal_basis=bench&purpose=bench&name=b.csv";
        let answer = self.send("POST", path, batch)?;
        let mut head = String::new();
        BufReader::new(answer).read_line(&mut head)?;
        ensure!(head.contains(" 202 "), "the batch is refused: {head}");
        let rows = lines(batch) - 1;
        let took = begun.elapsed().as_secs_f64();
        eprintln!("a batch of {} rows was taken in within {took:.2} s", count(rows));
        Ok(())
    }

    fn send(&self, method: &str, path: &str, body: &[u8]) -> anyhow::Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.address)?;
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            self.token,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        Ok(stream)
    }

    /// Reads an answer to its end.
    fn whole(&self, path: &str) -> anyhow::Result<Whole> {
        let begun = Instant::now();
        let mut answer = BufReader::with_capacity(1 << 16, self.send("GET", path, b"")?);
        let mut line = String::new();
        while answer.read_line(&mut line)? > 2 {
            line.clear();
        }
        let mut whole = Whole { lines: 0, bytes: 0, took: Duration::ZERO };
        loop {
            let piece = answer.fill_buf()?;
            let read = piece.len();
            if read == 0 {
                break;
            }
            whole.bytes += read as u64;
            whole.lines += lines(piece);
            answer.consume(read);
        }
        whole.took = begun.elapsed();
        Ok(whole)
    }

    /// The path of page [`LATE`], or of the last one there is, with its number.
    fn late(&self) -> anyhow::Result<(String, u64)> {
        let mut path = "/api/v1/areas/46/gaps?limit=1000".to_owned();
        let mut pages = 1;
        while pages + 10 < LATE {
            let mut answer = String::new();
            self.send("GET", &path, b"")?.read_to_string(&mut answer)?;
            let json = answer.find('{').map(|at| &answer[at..]).context("no answer")?;
            let page: Value = serde_json::from_str(json)?;
            let Some(next) = page["next"].as_str() else { break };
            next.clone_into(&mut path);
            pages += 10;
        }
        Ok((path.replace("limit=1000", &format!("limit={PAGE}")), pages))
    }

    /// The most memory that it took so far.
    fn most_mib(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = line.context("no memory")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("the server stays behind: {error}");
        }
    }
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// What wrk counted; nothing may have been refused or lost.
fn told(wrk: &mut Command) -> anyhow::Result<Value> {
    let output = wrk.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().rfind(|line| line.starts_with('{')).context("wrk counted nothing")?;
    let told: Value = serde_json::from_str(line)?;
    ensure!(told["refused"] == 0 && told["lost"] == 0, "not all were answered: {told}");
    Ok(told)
}
