//! Where tests find their files.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tempfile::TempDir;

/// Environment variable with the folder of the real boundaries and test vectors, which are not ours to commit.
const REAL_DATA: &str = "DIACHISO_REAL_DATA";

/// The root folder of the workspace: of the checkout whose tests run, which a build folder shared by several does
/// not know.
#[must_use]
pub fn workspace_root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let package = package.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let root = package.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
        root.map_or(package.clone(), Path::to_owned)
    });
    &ROOT
}

/// The path of a committed input: `fixture("units.csv")` is `fixtures/units.csv` of the workspace.
///
/// # Panics
/// If there is no such file or folder; the message lists what stands beside it.
#[must_use]
#[track_caller]
pub fn fixture(name: impl AsRef<Path>) -> PathBuf {
    let path = workspace_root().join("fixtures").join(name.as_ref());
    assert!(
        path.exists(),
        "no fixture at {}; beside it stand: {}",
        path.display(),
        neighbours(&path)
    );
    path
}

/// The folder of the real data: boundaries of the province and the vectors of the address codes.
///
/// A test that calls this has a name that begins with `real_`, so that a machine without the data can name
/// what it did not run.
///
/// # Panics
/// If `DIACHISO_REAL_DATA` is unset or names no folder.
#[must_use]
#[track_caller]
pub fn real_data() -> PathBuf {
    let Some(folder) = std::env::var_os(REAL_DATA).filter(|folder| !folder.is_empty()) else {
        panic!(
            "{REAL_DATA} is unset: point it to the folder with communes_141_clean.geojson and olc/, \
             or run `cargo xtask test`, which says what is left out without it"
        );
    };
    let folder = PathBuf::from(folder);
    assert!(folder.is_dir(), "{REAL_DATA} names {}, which is no folder", folder.display());
    folder
}

/// A fresh empty folder, removed when the value is dropped.
///
/// # Panics
/// If the system's folder for temporary files cannot be written to.
#[must_use]
#[track_caller]
pub fn temp_dir() -> TempDir {
    tempfile::Builder::new().prefix("diachiso-test-").tempdir().unwrap_or_else(|error| {
        panic!("no temporary folder in {}: {error}", std::env::temp_dir().display())
    })
}

/// The names beside a path, for the message of a missing file.
fn neighbours(path: &Path) -> String {
    let Some(entries) = path.parent().and_then(|folder| std::fs::read_dir(folder).ok()) else {
        return "nothing, the folder is missing".to_owned();
    };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_root_holds_the_workspace_manifest() {
        let manifest = std::fs::read_to_string(workspace_root().join("Cargo.toml"))
            .expect("the workspace has a manifest");
        assert!(manifest.contains("[workspace]"), "{manifest}");
    }

    #[test]
    #[should_panic(expected = "no fixture at")]
    fn a_missing_fixture_is_named() {
        let _path = fixture("there-is-no-such-file.csv");
    }

    #[test]
    fn a_temporary_folder_goes_away_with_its_value() {
        let folder = temp_dir();
        let path = folder.path().to_owned();
        std::fs::write(path.join("file"), "x").expect("a fresh folder can be written to");
        drop(folder);
        assert!(!path.exists(), "{} is still there", path.display());
    }
}
