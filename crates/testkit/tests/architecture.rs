//! Keeps the house: floors, who may know what, what every package and file must have (`crates/README.md`).

use std::path::Path;
use std::process::Command;

use cargo_metadata::{Dependency, DependencyKind, Edition, Metadata, MetadataCommand, Package};
use diachiso_testkit::workspace_root;

/// Where a crate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On a floor: it may depend on the floors below.
    Floor(u8),
    /// Used by the tests of the others and by nothing else.
    Tests,
    /// A tool beside the house: it may depend on everything, nothing depends on it.
    Tool,
}

/// Every package of the workspace and its place.
const PLACES: &[(&str, Place)] = &[
    ("diachiso-model", Place::Floor(0)),
    ("diachiso-text", Place::Floor(1)),
    ("diachiso-spatial", Place::Floor(1)),
    ("diachiso-source", Place::Floor(1)),
    ("diachiso-link", Place::Floor(1)),
    ("diachiso-cql2", Place::Floor(1)),
    ("diachiso-pipeline", Place::Floor(2)),
    ("diachiso-geocode", Place::Floor(2)),
    ("diachiso-store", Place::Floor(2)),
    ("diachiso-synth", Place::Floor(2)),
    ("diachiso-runs", Place::Floor(3)),
    ("diachiso-server", Place::Floor(3)),
    ("diachiso-web", Place::Floor(3)),
    ("diachiso", Place::Floor(4)),
    ("diachiso-testkit", Place::Tests),
    ("xtask", Place::Tool),
    ("diachiso-benches", Place::Tool),
];

/// Neighbours on one floor that may know each other, and in which direction.
const SIDEWAYS: &[(&str, &str)] = &[
    ("diachiso-source", "diachiso-text"),
    ("diachiso-link", "diachiso-text"),
    ("diachiso-server", "diachiso-runs"),
    ("diachiso-server", "diachiso-web"),
];

/// Libraries that one subject owns: who may depend on them outside tests. Tools may, as on everything.
const OWNED: &[(&str, &[&str])] = &[
    ("sqlx", &["diachiso-store"]),
    ("axum", &["diachiso-server"]),
    ("tower-http", &["diachiso-server"]),
    ("calamine", &["diachiso-source"]),
    ("osmpbf", &["diachiso-source"]),
    ("parquet", &["diachiso-source"]),
    ("pmtiles", &["diachiso-source"]),
    ("csv", &["diachiso-source", "diachiso-synth"]),
    ("rust_xlsxwriter", &["diachiso-source", "diachiso-synth"]),
];

/// The crates whose results depend on their arguments alone.
const PURE: &[&str] = &["model", "text", "spatial", "link", "cql2", "pipeline", "geocode"];

/// What a pure crate does not name: the world, the clock, a runtime.
const WORLDLY: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "SystemTime",
    "Zoned::now",
    "Timestamp::now",
    "async fn",
    "tokio::",
];

/// The longest a source file may be.
const MOST_LINES: usize = 600;

#[test]
fn every_package_has_a_place_in_the_house() {
    let metadata = metadata();
    let packages: Vec<&str> =
        metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let homeless = packages.iter().filter(|name| place(name).is_none());
    let vanished = PLACES.iter().map(|(name, _)| name).filter(|name| !packages.contains(name));
    check(
        "PLACES and the workspace differ",
        homeless
            .map(|name| format!("{name} has no place"))
            .chain(vanished.map(|name| format!("{name} is no package"))),
    );
}

#[test]
fn dependencies_go_down() {
    let metadata = metadata();
    let faults = metadata.packages.iter().flat_map(|package| {
        shipped(package).filter_map(|needed| upward(package.name.as_str(), &needed.name))
    });
    check("a crate may depend on lower floors alone", faults);
}

#[test]
fn an_arrow_that_goes_up_or_sideways_is_seen() {
    let cases = [
        ("diachiso", "diachiso-server", true),
        ("diachiso-pipeline", "diachiso-source", true),
        ("diachiso-source", "diachiso-text", true),
        ("diachiso-server", "diachiso-runs", true),
        ("diachiso-runs", "diachiso-server", false),
        ("diachiso-server", "diachiso-web", true),
        ("xtask", "diachiso-store", true),
        ("diachiso-store", "serde", true),
        ("diachiso-text", "diachiso-source", false),
        ("diachiso-pipeline", "diachiso-store", false),
        ("diachiso-store", "diachiso-pipeline", false),
        ("diachiso-model", "diachiso-text", false),
        ("diachiso-web", "diachiso-server", false),
        ("diachiso", "diachiso-testkit", false),
        ("diachiso", "xtask", false),
        ("xtask", "diachiso-benches", false),
    ];
    for (from, to, allowed) in cases {
        assert_eq!(upward(from, to).is_none(), allowed, "{from} → {to}");
    }
}

#[test]
fn one_crate_knows_sql_one_http_one_file_formats() {
    let metadata = metadata();
    let faults = metadata
        .packages
        .iter()
        .filter(|package| place(package.name.as_str()) != Some(Place::Tool))
        .flat_map(|package| {
            shipped(package).filter_map(|needed| {
                let (library, owners) =
                    OWNED.iter().find(|(library, _)| *library == needed.name)?;
                (!owners.contains(&package.name.as_str())).then(|| {
                    format!(
                        "{} uses {library}, which belongs to {}",
                        package.name,
                        owners.join(" and ")
                    )
                })
            })
        });
    check("a library with an owner is used elsewhere", faults);
}

#[test]
fn the_middle_does_no_io() {
    let mut faults = Vec::new();
    for name in PURE {
        let folder = workspace_root().join("crates").join(name).join("src");
        for path in rust_files(&folder) {
            let text = std::fs::read_to_string(workspace_root().join(&path))
                .expect("a listed file can be read");
            let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = shipped
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//"));
            faults.extend(code.flat_map(|(at, line)| {
                let named = WORLDLY.iter().filter(|word| line.contains(**word));
                named.map(|word| format!("{path}:{} names {word}", at + 1)).collect::<Vec<_>>()
            }));
        }
    }
    check("a pure crate reaches for the world", faults);
}

#[test]
fn every_package_says_what_it_is_and_keeps_the_lints() {
    let metadata = metadata();
    let faults = metadata.packages.iter().flat_map(|package| {
        let manifest =
            std::fs::read_to_string(&package.manifest_path).expect("a listed manifest can be read");
        [
            (
                package.license.as_deref() != Some("MIT OR Apache-2.0"),
                "licence other than MIT OR Apache-2.0",
            ),
            (
                package.description.as_deref().is_none_or(|text| text.trim().is_empty()),
                "no description",
            ),
            (package.edition != Edition::E2024, "edition other than 2024"),
            (!inherits_lints(&manifest), "no `[lints] workspace = true`"),
            (package.publish.as_deref() != Some(&[]), "no `publish = false`"),
        ]
        .into_iter()
        .filter(|(wrong, _)| *wrong)
        .map(|(_, what)| format!("{}: {what}", package.name))
    });
    check("a package is not like the others", faults);
}

#[test]
fn the_map_lists_every_crate() {
    let map = std::fs::read_to_string(workspace_root().join("crates/README.md"))
        .expect("crates/README.md is there");
    let metadata = metadata();
    let faults = metadata.packages.iter().filter_map(|package| {
        let folder = package.manifest_path.parent()?.file_name()?;
        (!map.contains(&format!("`{folder}/`"))).then(|| format!("`{folder}/` is missing"))
    });
    check("crates/README.md is behind", faults);
}

#[test]
fn no_source_file_is_too_long_to_read() {
    let faults = rust_files(&workspace_root().join("crates")).into_iter().filter_map(|path| {
        let text = std::fs::read_to_string(workspace_root().join(&path))
            .expect("a listed file can be read");
        let lines = text.lines().count();
        (lines > MOST_LINES).then(|| format!("{path} has {lines} lines"))
    });
    check(&format!("a file holds one subject in at most {MOST_LINES} lines"), faults);
}

/// Fails with every fault on a line of its own.
#[track_caller]
fn check(rule: &str, faults: impl IntoIterator<Item = String>) {
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

/// The packages of the workspace and what they declare, without resolving anything.
fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(workspace_root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo metadata reads the workspace")
}

/// The place of a package of the workspace; none for other people's.
fn place(name: &str) -> Option<Place> {
    PLACES.iter().find(|(package, _)| *package == name).map(|(_, place)| *place)
}

/// What a package needs when it is built, tests aside.
fn shipped(package: &Package) -> impl Iterator<Item = &Dependency> {
    package.dependencies.iter().filter(|needed| needed.kind != DependencyKind::Development)
}

/// Why `from` may not depend on `to`; none if it may.
fn upward(from: &str, to: &str) -> Option<String> {
    let allowed = match (place(from)?, place(to)?) {
        (Place::Floor(upper), Place::Floor(lower)) => {
            lower < upper || SIDEWAYS.contains(&(from, to))
        }
        (Place::Tests | Place::Tool, Place::Floor(_)) => true,
        (_, Place::Tests | Place::Tool) => false,
    };
    (!allowed).then(|| format!("{from} → {to}"))
}

/// Whether a manifest takes its lints from the workspace.
fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.find(|line| !line.is_empty()) == Some("workspace = true")
}

/// The Rust files below a folder that git tracks and that are there, relative to the root.
fn rust_files(folder: &Path) -> Vec<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(workspace_root())
        .args(["ls-files", "--"])
        .arg(folder)
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).expect("paths are UTF-8");
    // A file that was just moved is still listed under its old name until the change is committed.
    let files: Vec<String> = listed
        .lines()
        .filter(|path| Path::new(path).extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| workspace_root().join(path).exists())
        .map(str::to_owned)
        .collect();
    assert!(!files.is_empty(), "git tracks no Rust file in {}", folder.display());
    files
}
