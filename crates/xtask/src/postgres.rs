//! A throw-away `PostgreSQL` with `PostGIS`: its own folder, its own socket, gone with its value.

use std::fs::File;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use tempfile::TempDir;

use crate::command;

/// Where Debian and Ubuntu keep the servers, one folder a version.
const DEBIAN_SERVERS: &str = "/usr/lib/postgresql";

/// The system user that the server runs as when we are root, which it refuses to be.
const SERVER_USER: &str = "postgres";

/// How long a fresh server may take to answer: it takes 1.5 s on an idle machine, more among compilers.
const PATIENCE: Duration = Duration::from_mins(1);

/// Settings for data that nobody will miss: no syncing, no network, room for many small databases.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=100",
    "max_wal_size=4GB",
    "shared_buffers=128MB",
    // Containers give /dev/shm 64 MB, too little for parallel queries.
    "dynamic_shared_memory_type=mmap",
];

/// A running server.
#[derive(Debug)]
pub(crate) struct Cluster {
    server: Child,
    programs: PathBuf,
    folder: TempDir,
}

impl Cluster {
    /// Creates a cluster, starts its server, waits until it answers and adds `PostGIS`.
    ///
    /// `PostGIS` goes into `template1` too, so that every database created later has it.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let programs = programs().ok_or_else(|| {
            anyhow!("no PostgreSQL server with PostGIS is installed: run `cargo xtask test --only install`")
        })?;
        // A socket's path has at most 107 bytes and the server's user must reach it: hence /tmp, not TMPDIR.
        let folder = tempfile::Builder::new().prefix("diachiso-pg-").tempdir_in("/tmp")?;
        give_to_server_user(folder.path())?;
        create(&programs, folder.path())?;
        let server = serve(&programs, folder.path())?;
        let mut cluster = Self { server, programs, folder };
        cluster.wait_until_ready()?;
        for database in ["template1", "postgres"] {
            cluster.add_postgis(database)?;
        }
        println!("{} from {}", cluster.url(), cluster.programs.display());
        Ok(cluster)
    }

    /// The URL of its database `postgres`, for libpq and sqlx alike.
    pub(crate) fn url(&self) -> String {
        self.url_of("postgres")
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgresql:///{database}?host={}&user=postgres", self.folder.path().display())
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        let socket = self.folder.path().display().to_string();
        while command::answer(self.programs.join("pg_isready"), &["-h", &socket]).is_none() {
            if let Some(status) = self.server.try_wait()? {
                bail!("the server ended with {status}: {}", self.log());
            }
            if started.elapsed() > PATIENCE {
                bail!("the server does not answer after {} s: {}", PATIENCE.as_secs(), self.log());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn add_postgis(&self, database: &str) -> anyhow::Result<()> {
        let output = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--command=create extension postgis"])
            .arg(format!("--dbname={}", self.url_of(database)))
            .output()
            .context("psql does not start")?;
        if !output.status.success() {
            bail!(
                "create extension postgis in {database}: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log"))
            .unwrap_or_default()
            .trim()
            .to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = as_server_user(&self.programs.join("pg_ctl"), self.folder.path());
        stop.args(["stop", "--silent", "--mode=immediate", "--pgdata"])
            .arg(self.folder.path().join("data"));
        if !stop.status().is_ok_and(|status| status.success())
            && let Err(error) = self.server.kill()
        {
            eprintln!("the server {} stays behind: {error}", self.server.id());
        }
        if let Err(error) = self.server.wait() {
            eprintln!("the server {} cannot be waited for: {error}", self.server.id());
        }
    }
}

/// The folder of the newest server that has `PostGIS` beside it.
pub(crate) fn programs() -> Option<PathBuf> {
    let elsewhere = command::answer("pg_config", &["--bindir"]).map(PathBuf::from);
    let debian = versions()
        .into_iter()
        .map(|version| Path::new(DEBIAN_SERVERS).join(version.to_string()).join("bin"));
    debian.chain(elsewhere).find(|folder| folder.join("initdb").is_file() && has_postgis(folder))
}

/// The major versions whose servers are installed the Debian way, newest first.
pub(crate) fn versions() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir(DEBIAN_SERVERS) else { return Vec::new() };
    let mut versions: Vec<u32> = entries
        .flatten()
        .filter(|entry| entry.path().join("bin/initdb").is_file())
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions
}

/// Whether the server in this folder can load `PostGIS`.
fn has_postgis(programs: &Path) -> bool {
    command::answer(programs.join("pg_config"), &["--sharedir"])
        .is_some_and(|shared| Path::new(&shared).join("extension/postgis.control").is_file())
}

/// Creates the files of the cluster: UTF-8, the C collation, no password on the socket.
fn create(programs: &Path, folder: &Path) -> anyhow::Result<()> {
    let output = as_server_user(&programs.join("initdb"), folder)
        .args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "--pgdata",
        ])
        .arg(folder.join("data"))
        .output()
        .context("initdb does not start")?;
    if !output.status.success() {
        bail!("initdb: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Starts the server; its words go to the file `log`.
fn serve(programs: &Path, folder: &Path) -> anyhow::Result<Child> {
    let log =
        File::create(folder.join("log")).context("the log of the server cannot be written")?;
    let mut server = as_server_user(&programs.join("postgres"), folder);
    server.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    for setting in SETTINGS {
        server.args(["-c", setting]);
    }
    server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    server.spawn().context("the server does not start")
}

/// A program of the server, run as the user that owns the files.
///
/// As root it gets the signal INT when we die before we can stop it: for the server, a fast shutdown.
fn as_server_user(program: &Path, folder: &Path) -> Command {
    let mut command = if command::is_root() {
        let mut setpriv = Command::new("setpriv");
        setpriv.args([
            &format!("--reuid={SERVER_USER}"),
            &format!("--regid={SERVER_USER}"),
            "--clear-groups",
            "--pdeathsig=INT",
            "--",
        ]);
        setpriv.arg(program);
        setpriv
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    command
}

/// Lets the server's user into the folder, when that user is another than ours.
fn give_to_server_user(folder: &Path) -> anyhow::Result<()> {
    if !command::is_root() {
        return Ok(());
    }
    let id = |flag| {
        let answer = command::answer("id", &[flag, SERVER_USER]).ok_or_else(|| {
            anyhow!("there is no user {SERVER_USER}: PostgreSQL's package creates it")
        })?;
        answer.parse::<u32>().with_context(|| format!("{answer} is no number of a user"))
    };
    chown(folder, Some(id("-u")?), Some(id("-g")?))
        .with_context(|| format!("chown {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_answers_with_postgis_and_leaves_nothing_behind() {
        let cluster = Cluster::start().expect("a server with PostGIS is installed");
        let folder = cluster.folder.path().to_owned();
        let version = command::answer(
            "psql",
            &["-XAt", "-c", "select postgis_lib_version()", "-d", &cluster.url_of("template1")],
        )
        .expect("the server answers");
        assert!(version.starts_with('3'), "{version}");
        let process = PathBuf::from(format!("/proc/{}", cluster.server.id()));
        assert!(process.exists());
        drop(cluster);
        assert!(!folder.exists(), "{} is still there", folder.display());
        assert!(!process.exists(), "{} is still there", process.display());
    }
}
