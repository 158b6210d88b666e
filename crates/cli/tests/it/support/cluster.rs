//! A `PostgreSQL` of one test's own, which it may stop and start.

use std::{
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// The system user that the server runs as when we are root, which it refuses to be.
const SERVER_USER: &str = "postgres";

/// What it is told apart by, and by whose certificates it tells others apart: the setting, and the name of the file.
const CERTIFICATES: [(&str, &str); 3] =
    [("cert", "server.crt"), ("key", "server.key"), ("ca", "ca.crt")];

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
        self.start_with("-c listen_addresses=");
    }

    fn start_with(&self, settings: &str) {
        let options = format!(
            "-k {} -c fsync=off -c dynamic_shared_memory_type=mmap {settings}",
            self.folder.path().display()
        );
        let (data, log) = (self.data(), self.log());
        let args = ["start", "-s", "-w", "-D", path(&data), "-l", path(&log), "-o", &options];
        self.run("pg_ctl", &args);
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Starts it anew so that it listens on the loopback interface too, in clear and, with a folder of `server.crt`,
    /// `server.key` and `ca.crt`, by TLS. There it wants passwords, and of the login `certified` a certificate. Answers with
    /// its port.
    pub(crate) fn listen(&self, certificates: Option<&Path>) -> u16 {
        self.stop();
        let access =
            "local all all trust\nhostssl all certified all cert\nhost all all all scram-sha-256\n";
        std::fs::write(self.data().join("pg_hba.conf"), access).expect("written");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let mut settings = format!("-c listen_addresses=127.0.0.1 -p {port} -c log_connections=on");
        if let Some(certificates) = certificates {
            self.present(certificates);
            let folder = self.folder.path().display();
            let file = |(what, name)| format!(" -c ssl_{what}_file={folder}/{name}");
            settings.extend([" -c ssl=on".to_owned()].into_iter().chain(CERTIFICATES.map(file)));
        }
        self.start_with(&settings);
        port
    }

    /// Puts other certificates in the place of those that it has, for when it reads its settings anew.
    pub(crate) fn present(&self, certificates: &Path) {
        let folder = self.folder.path();
        let owner = folder.metadata().expect("the folder");
        for (_, name) in CERTIFICATES {
            let file = folder.join(name);
            std::fs::copy(certificates.join(name), &file).expect("copied");
            let closed = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&file, closed).expect("closed");
            chown(&file, Some(owner.uid()), Some(owner.gid())).expect("given away");
        }
    }

    /// What the server wrote to its log so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.log()).expect("a log")
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
