//! The description of the API held against the API: schemathesis asks a running server what `/openapi.json` allows and
//! forbids, as every role, and wants no failure of ours and no answer that is not described.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};

use crate::command;

/// What is installed from `PyPI`, below `target/peers`.
const PACKAGE: &str = "schemathesis==4.32.5";

/// Every role, with what `diachiso token add` is told for it; the public has no token.
const ROLES: &[(&str, &[&str])] = &[
    ("public", &[]),
    ("planner", &["--grant", "planner:*"]),
    ("collector", &["--role", "collector", "--team", "Tổ 3", "--area", "477@2024-12-31"]),
    ("officer", &["--grant", "officer:*"]),
    ("reviewer", &["--grant", "reviewer:*"]),
    ("administrator", &["--grant", "administrator:*"]),
];

/// What a few answers of a running service are about, so that more than "there is no such thing" is seen.
const CONFIG: &str = include_str!("../schemathesis/schemathesis.toml");
const HOOKS: &str = include_str!("../schemathesis/hooks.py");

/// Makes a store, serves it, and asks as the named roles, or as all.
pub(crate) fn run(roles: &[String], examples: u32) -> anyhow::Result<()> {
    if let Some(role) = roles.iter().find(|role| ROLES.iter().all(|(known, _)| role != known)) {
        bail!("there is no role `{role}`");
    }
    let program = installed()?;
    command::run(&mut command::cargo(&["build", "--package", "diachiso"]))?;
    let folder = tempfile::tempdir()?;
    let submission = filled(folder.path())?;
    let roles = ROLES.iter().filter(|(r, _)| roles.is_empty() || roles.iter().any(|n| n == r));
    let mut failed = Vec::new();
    for (role, grant) in roles {
        let token = if grant.is_empty() { None } else { Some(token(folder.path(), role, grant)?) };
        let server = Server::start(folder.path())?;
        if let Some(token) = &token {
            // Refused where the role may not; then there is nothing to be asked about either.
            server.hand_in(folder.path(), token)?;
        }
        let config = folder.path().join("schemathesis.toml");
        fs::write(&config, CONFIG.replace("{submission}", &submission))?;
        fs::write(folder.path().join("hooks.py"), HOOKS)?;
        println!("schemathesis as {role}");
        let mut tested = command::program(&program);
        tested.current_dir(folder.path()).env("SCHEMATHESIS_HOOKS", "hooks");
        tested.env("PYTHONPATH", folder.path()).args(["run", "--checks", "all", "--no-color"]);
        tested.args(["--phases", "examples,coverage,fuzzing", "--seed", "477"]);
        tested.args(["--continue-on-failure", "--request-timeout", "60", "--warnings", "off"]);
        tested.args(["--max-examples", &examples.to_string()]);
        if let Some(token) = &token {
            tested.arg("--header").arg(format!("Authorization: Bearer {token}"));
        }
        tested.arg(format!("http://{}/openapi.json", server.address));
        if !tested.status().context("schemathesis does not start")?.success() {
            failed.push(*role);
        }
    }
    if !failed.is_empty() {
        bail!("the API is not as it is described, as: {}", failed.join(", "));
    }
    Ok(())
}

/// The program, installed where it is not yet.
fn installed() -> anyhow::Result<PathBuf> {
    let folder = command::root().join("target/peers/schemathesis");
    let program = folder.join("bin/schemathesis");
    let version = command::answer(&program, &["--version"]).unwrap_or_default();
    let wanted = PACKAGE.split_once("==").map_or("", |(_, version)| version);
    if !version.ends_with(wanted) {
        command::run(command::program("python3").args(["-m", "venv"]).arg(&folder))?;
        let pip = folder.join("bin/pip");
        command::run(command::program(pip).args(["install", "--quiet", PACKAGE]))?;
    }
    Ok(program)
}

fn diachiso() -> Command {
    let mut command = command::program(command::root().join("target/debug/diachiso"));
    command.env_remove("DIACHISO_STORE").env_remove("DIACHISO_IDENTITY_KEY");
    command
}

/// Makes a store of a small district; answers with the id of a submission in it.
pub(crate) fn filled(folder: &Path) -> anyhow::Result<String> {
    let made = folder.join("made");
    let mut generate = diachiso();
    generate.args(["generate", "--households", "1500", "--district", "477", "--out"]).arg(&made);
    command::run(&mut generate)?;
    let mut run = diachiso();
    run.args(["run", "--today", "2024-12-01", "--legal-basis", "QĐ 12", "--store"]);
    run.arg(folder.join("s.gpkg")).arg("--register").arg(made.join("register.csv"));
    command::run(run.arg("--submissions").arg(made.join("phieu-dot-1.csv")))?;
    let dump = command::output(diachiso().args(["dump", "--store"]).arg(folder.join("s.gpkg")))?;
    let records = dump.lines().filter_map(|line| serde_json::from_str(line).ok());
    let mut submissions = records.filter(|r: &serde_json::Value| r["record"] == "submission");
    let id = submissions.find_map(|r| r["id"].as_str().map(str::to_owned));
    id.context("the store has no submission")
}

fn token(folder: &Path, label: &str, grant: &[&str]) -> anyhow::Result<String> {
    let mut add = diachiso();
    add.args(["token", "add", "--label", label, "--store"]).arg(folder.join("s.gpkg")).args(grant);
    Ok(command::output(&mut add)?.trim().to_owned())
}

/// A server that is stopped with its value.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let mut serve = diachiso();
        serve.args(["serve", "--listen", "127.0.0.1:0", "--today", "2024-12-01", "--store"]);
        serve.arg(folder.join("s.gpkg")).args(["--publish-every", "3600"]);
        // What is tested is not how much is let in.
        serve.args(["--rate-per-second", "1000000", "--rate-burst", "1000000"]);
        serve.args(["--token-rate-per-second", "1000000", "--token-rate-burst", "1000000"]);
        let mut child = serve.stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("no standard error")?).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("http://")?.1.trim_end_matches('/').to_owned()));
        // Failures of the server are worth seeing; and somebody must read on, or it would wait for the pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|l| eprintln!("{l}")));
        Ok(Self { child, address: address.context("the server does not say where it is")? })
    }

    /// Hands a batch in, the first of this service.
    fn hand_in(&self, folder: &Path, token: &str) -> anyhow::Result<()> {
        let file = fs::read(folder.join("made/phieu-dot-2.csv"))?;
        let mut stream = TcpStream::connect(&self.address)?;
        let head = format!(
            "POST /api/v1/batches?kind=submissions&legal_basis=a&purpose=thu&name=b.csv HTTP/1.1\r\nHost: a\r\n\
             Connection: close\r\nIdempotency-Key: a\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
            file.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(&file)?;
        stream.read_to_end(&mut Vec::new())?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("the server stays behind: {error}");
        }
    }
}
