//! The programs that the tests call: looked for, installed through apt where we may, named where we may not.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::{command, postgres, web};

/// Something that must be on the machine.
struct Need {
    /// What it is, for people.
    what: &'static str,
    /// Whether it is there.
    is_there: fn() -> bool,
    /// The packages that bring it on Debian and Ubuntu, best first; the first that exists is installed.
    packages: fn() -> Vec<String>,
}

/// Interpreters that may have it, as the tests look for them: the one on the path, and the system's.
const PYTHONS: [&str; 2] = ["python3", "/usr/bin/python3"];

/// Everything the tests need besides Rust, a C compiler and Node.
const NEEDS: &[Need] = &[
    Need {
        what: "a PostgreSQL server with PostGIS 3",
        is_there: || postgres::programs().is_some(),
        packages: postgis_packages,
    },
    Need {
        what: "psql",
        is_there: || all_found(&["psql"]),
        packages: || named(&["postgresql-client"]),
    },
    Need {
        what: "GDAL's command-line tools (ogrinfo, ogr2ogr, gdaltransform)",
        is_there: || all_found(&["ogrinfo", "ogr2ogr", "gdaltransform"]),
        packages: || named(&["gdal-bin"]),
    },
    Need {
        what: "PROJ's cs2cs",
        is_there: || all_found(&["cs2cs"]),
        packages: || named(&["proj-bin"]),
    },
    Need {
        what: "Chromium or Google Chrome",
        is_there: || web::BROWSERS.iter().any(|name| command::find_program(name).is_some()),
        packages: || named(&["chromium", "chromium-browser"]),
    },
    Need {
        what: "a font with Vietnamese letters (DejaVu or Noto)",
        is_there: || has_font(Path::new("/usr/share/fonts")),
        packages: || named(&["fonts-dejavu-core", "fonts-noto-core"]),
    },
    Need {
        what: "Python's openpyxl, which fills workbooks in for the tests of the pages",
        is_there: || {
            let import = |python| command::answer(python, &["-c", "import openpyxl"]).is_some();
            PYTHONS.into_iter().any(import)
        },
        packages: || named(&["python3-openpyxl"]),
    },
    Need {
        what: "a C++ compiler (c++), with which libFuzzer is built",
        is_there: || all_found(&["c++"]),
        packages: || named(&["g++"]),
    },
    Need {
        what: "faketime, which sets the clock back for one program",
        is_there: || all_found(&["faketime"]),
        packages: || named(&["faketime"]),
    },
    Need {
        what: "openssl, which makes certificates",
        is_there: || all_found(&["openssl"]),
        packages: || named(&["openssl"]),
    },
    Need { what: "git", is_there: || all_found(&["git"]), packages: || named(&["git"]) },
];

/// Sees to it that everything is there, or fails with the exact list of what to install.
pub(crate) fn install() -> anyhow::Result<()> {
    let missing = missing();
    if missing.is_empty() {
        println!("everything is there");
        return Ok(());
    }
    for need in &missing {
        println!("missing: {}", need.what);
    }
    if !command::is_root() || command::find_program("apt-get").is_none() {
        bail!("{}", to_install_by_hand(&missing));
    }
    apt_get(&["update"])?;
    let packages = missing.iter().copied().map(package).collect::<anyhow::Result<Vec<String>>>()?;
    let mut args = vec!["install", "--yes", "--no-install-recommends"];
    args.extend(packages.iter().map(String::as_str));
    apt_get(&args)?;

    let still: Vec<&str> = self::missing().iter().map(|need| need.what).collect();
    if !still.is_empty() {
        bail!(
            "apt-get installed {}, yet these are still missing: {}",
            packages.join(" "),
            still.join("; ")
        );
    }
    Ok(())
}

/// Installs packages that a single command needs, or says which.
pub(crate) fn packages(names: &[&str]) -> anyhow::Result<()> {
    if !command::is_root() || command::find_program("apt-get").is_none() {
        bail!(
            "please install {0}. On Debian and Ubuntu: sudo apt-get install {0}",
            names.join(" ")
        );
    }
    apt_get(&["update"])?;
    let mut args = vec!["install", "--yes", "--no-install-recommends"];
    args.extend(names);
    apt_get(&args)
}

/// What is not on this machine.
fn missing() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| !(need.is_there)()).collect()
}

/// The package to install for a need: the first that the package lists of this system know.
fn package(need: &Need) -> anyhow::Result<String> {
    let names = (need.packages)();
    let known = names.iter().find(|name| {
        command::answer("apt-cache", &["policy", name]).is_some_and(|policy| has_candidate(&policy))
    });
    known.cloned().with_context(|| {
        format!(
            "apt knows no package for {}: looked for {}; install it by hand",
            need.what,
            names.join(", ")
        )
    })
}

/// Whether `apt-cache policy` shows a version that can be installed.
fn has_candidate(policy: &str) -> bool {
    let mut candidates = policy.lines().filter_map(|line| line.trim().strip_prefix("Candidate:"));
    candidates.any(|version| version.trim() != "(none)")
}

/// Runs apt-get without questions, waiting for other users of its lock.
fn apt_get(args: &[&str]) -> anyhow::Result<()> {
    command::run(
        Command::new("apt-get")
            .args(["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"])
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

/// What a person has to do on a machine where we may not install.
fn to_install_by_hand(missing: &[&Need]) -> String {
    let what: Vec<&str> = missing.iter().map(|need| need.what).collect();
    let packages: Vec<String> =
        missing.iter().filter_map(|need| (need.packages)().into_iter().next()).collect();
    format!(
        "please install {}. On Debian and Ubuntu: sudo apt-get install {}; then run this again",
        what.join("; "),
        packages.join(" ")
    )
}

/// `PostGIS` for the newest server that is installed, else for the version that the system prefers.
fn postgis_packages() -> Vec<String> {
    let for_installed =
        postgres::versions().into_iter().map(|version| format!("postgresql-{version}-postgis-3"));
    for_installed.chain(["postgresql-postgis".to_owned()]).collect()
}

fn named(packages: &[&str]) -> Vec<String> {
    packages.iter().map(|name| (*name).to_owned()).collect()
}

fn all_found(programs: &[&str]) -> bool {
    programs.iter().all(|name| command::find_program(name).is_some())
}

/// Whether a font file of a family that has Vietnamese letters lies somewhere below the folder.
fn has_font(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        if entry.path().is_dir() {
            return has_font(&entry.path());
        }
        let name = entry.file_name().to_string_lossy().to_lowercase();
        name.starts_with("dejavusans") || name.starts_with("notosans-")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_a_version_is_not_installed() {
        assert!(has_candidate("gdal-bin:\n  Installed: (none)\n  Candidate: 3.6.2+dfsg-1+b2\n"));
        assert!(!has_candidate("chromium-browser:\n  Installed: (none)\n  Candidate: (none)\n"));
        assert!(!has_candidate(""));
    }

    #[test]
    fn what_to_install_by_hand_is_a_command_to_copy() {
        let missing: Vec<&Need> =
            NEEDS.iter().filter(|need| need.what.contains("GDAL") || need.what == "git").collect();
        let message = to_install_by_hand(&missing);
        assert!(message.contains("sudo apt-get install gdal-bin git;"), "{message}");
        assert!(message.contains("ogrinfo"), "{message}");
    }

    #[test]
    fn postgis_comes_for_any_server_or_none() {
        assert_eq!(postgis_packages().last().map(String::as_str), Some("postgresql-postgis"));
    }
}
