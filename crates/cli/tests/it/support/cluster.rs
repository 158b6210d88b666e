//! A `PostgreSQL` of one test's own, which it may stop and start.

use std::{
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// The system user that the server runs as when we are root, which it refuses to be.
const SERVER_USER: &str = "postgres";

/// A cluster with `PostGIS` in its database `postgres`.
pub(crate) struct Cluster {
    folder: TempDir,
    programs: PathBuf,
}

fn answer(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// The folder of the newest server: where Debian keeps it, or where `pg_config` says.
fn programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    found.extend(answer("pg_config", &["--bindir"]).map(PathBuf::from));
    found.retain(|folder| folder.join("initdb").is_file());
    found.sort();
    found.pop().expect("a PostgreSQL server is installed: run `cargo xtask test --only install`")
}

impl Cluster {
    /// Makes one and starts it.
    pub(crate) fn start() -> Self {
        // A socket's path has at most 107 bytes and the server's user must reach it.
        let folder = tempfile::Builder::new().prefix("diachiso-pg-").tempdir_in("/tmp");
        let cluster = Self { folder: folder.expect("a folder"), programs: programs() };
        if answer("id", &["-u"]).as_deref() == Some("0") {
            let id = |flag| answer("id", &[flag, SERVER_USER])?.parse::<u32>().ok();
            chown(cluster.folder.path(), id("-u"), id("-g")).expect("the folder is given away");
        }
        let data = cluster.data();
        let data = data.to_str().expect("UTF-8");
        cluster.run(
            "initdb",
            &[
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
                "-D",
                data,
            ],
        );
        cluster.start_again();
        let made = Command::new("psql")
            .args(["-Xq", "-c", "create extension postgis", "-d", &cluster.url()])
            .status()
            .expect("psql is installed");
        assert!(made.success());
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if answer("id", &["-u"]).as_deref() == Some("0") {
            let mut setpriv = Command::new("setpriv");
            let user = format!("--reuid={SERVER_USER}");
            let group = format!("--regid={SERVER_USER}");
            setpriv.args([user.as_str(), group.as_str(), "--clear-groups", "--"]).arg(path);
            setpriv
        } else {
            Command::new(path)
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn run(&self, name: &str, args: &[&str]) {
        let status = self.program(name).args(args).status().expect("the program starts");
        assert!(status.success(), "{name} ended with {status}");
    }

    /// Where it keeps everything; its owner is the user that the server runs as.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the server and waits until it answers.
    pub(crate) fn start_again(&self) {
        let socket = self.folder.path().display().to_string();
        let options = format!(
            "-k {socket} -c listen_addresses= -c fsync=off -c dynamic_shared_memory_type=mmap"
        );
        let (data, log) = (self.data(), self.folder.path().join("log"));
        let (data, log) = (data.to_str().expect("UTF-8"), log.to_str().expect("UTF-8"));
        self.run("pg_ctl", &["start", "-s", "-w", "-D", data, "-l", log, "-o", &options]);
    }

    /// Stops it at once, whoever is connected.
    pub(crate) fn stop(&self) {
        let data = self.data();
        self.run("pg_ctl", &["stop", "-s", "-w", "-m", "immediate", "-D", path(&data)]);
    }

    /// The URL of its database.
    pub(crate) fn url(&self) -> String {
        format!("postgresql:///postgres?host={}&user=postgres", self.folder.path().display())
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        let stopped = self
            .program("pg_ctl")
            .args(["stop", "-s", "-w", "-m", "immediate", "-D", path(&data)])
            .status();
        if !stopped.is_ok_and(|status| status.success()) && !std::thread::panicking() {
            eprintln!("the server in {} stays behind", self.folder.path().display());
        }
    }
}
