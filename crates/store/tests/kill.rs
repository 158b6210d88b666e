//! A writer killed at any moment leaves the last whole run.
//!
//! This program is its own child: with [`CHILD`] set it publishes into the store named there, and its parent
//! kills it (SIGKILL) at moments spread over the time that a whole run takes.

mod common;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use common::{publish, shapes, state, units};
use diachiso_store::{GeoPackage, NewRun, Store, StoreError};

/// Names the store to the child.
const CHILD: &str = "DIACHISO_KILL_TEST_STORE";
/// Submissions of the run that is killed: enough that it takes a good part of a second.
const N: u32 = 20_000;
/// Moments at which the child is killed, per kind of store.
const KILLS: u32 = 12;
/// Between kills after the last row.
const LATER: Duration = Duration::from_millis(60);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    if let Some(path) = std::env::var_os(CHILD) {
        runtime.block_on(child(Path::new(&path)));
        return;
    }
    for begun in [true, false] {
        runtime.block_on(parent(begun));
    }
    println!("a writer killed at {} moments left the last whole run each time", 2 * KILLS);
}

async fn child(path: &Path) {
    let units = units();
    let state = state(&units, N, 1);
    let store = GeoPackage::create_or_open(path).await.expect("a store");
    println!("ready");
    let progress = |_: u64| println!("written");
    store
        .publish(&state, &units, &shapes(), &NewRun::default(), &progress)
        .await
        .expect("published");
    println!("done");
}

/// Starts the child and waits until it is about to write.
fn spawn(path: &Path) -> (std::process::Child, impl Iterator<Item = String>) {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let out = child.stdout.take().expect("its output");
    let mut lines = BufReader::new(out).lines().map_while(Result::ok);
    assert_eq!(lines.next().as_deref(), Some("ready"));
    (child, lines)
}

async fn dump(path: &Path) -> String {
    match GeoPackage::create_or_open(path).await {
        Ok(store) => store.dump().await.expect("a dump"),
        Err(e) => panic!("the store cannot be opened after the kill: {e}"),
    }
}

/// `begun`: whether a run was published before the one that is killed.
async fn parent(begun: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let origin = folder.path().join("origin.gpkg");
    if begun {
        let store = GeoPackage::create_or_open(&origin).await.expect("a store");
        publish(&store, &state(&units(), 2000, 0)).await;
    }
    let before = dump(&origin).await;
    let fresh = |name: String| {
        let path = folder.path().join(name);
        if begun {
            std::fs::copy(&origin, &path).expect("copied");
        }
        path
    };
    let whole = fresh("whole.gpkg".to_owned());
    let (mut child, lines) = spawn(&whole);
    let said: Vec<String> = lines.collect();
    assert_eq!(said.last().map(String::as_str), Some("done"));
    let steps = said.len() as u32 - 1;
    assert!(child.wait().expect("ended").success());
    let after = dump(&whole).await;
    assert_ne!(before, after);
    let mut broken_off = 0;
    for n in 0..KILLS {
        let path = fresh(format!("{n}.gpkg"));
        let (mut child, mut lines) = spawn(&path);
        wait(&mut lines, steps, n);
        child.kill().expect("killed");
        child.wait().expect("ended");
        let left = dump(&path).await;
        assert!(left == before || left == after, "kill {n} left a state of its own");
        broken_off += u32::from(left == before);
        survives(&path, begun, &after).await;
    }
    assert!(broken_off >= KILLS / 2, "only {broken_off} kills came before the commit");
}

/// Waits for a moment of the run: two in three while rows are written, told by how far the child says it is, the others
/// while it builds indexes and commits, told by the clock.
fn wait(lines: &mut impl Iterator<Item = String>, steps: u32, n: u32) {
    let while_writing = KILLS * 2 / 3;
    let heard = steps * n.min(while_writing) / while_writing;
    for _ in 0..heard {
        assert_eq!(lines.next().as_deref(), Some("written"));
    }
    std::thread::sleep(Duration::from_millis(1) + LATER * n.saturating_sub(while_writing));
}

/// The store left by a kill takes the run again.
async fn survives(path: &Path, begun: bool, after: &str) {
    if begun {
        assert!(!matches!(GeoPackage::open(path).await, Err(StoreError::Missing { .. })));
    }
    let store = GeoPackage::create_or_open(path).await.expect("a store");
    publish(&store, &state(&units(), N, 1)).await;
    assert_eq!(store.dump().await.expect("a dump"), after);
}
