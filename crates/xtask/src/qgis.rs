//! QGIS without a screen, as the reader of a running server: features by OGC API – Features and vector tiles, with
//! counts, sums and corners held against the API.

use std::fs;
use std::time::Instant;

use anyhow::bail;

use crate::{
    command, install,
    schemathesis::{Server, filled},
};

/// What QGIS is told to do.
const SCRIPT: &str = include_str!("../qgis/load.py");
/// The package that brings QGIS and its bindings: 194 MB to fetch and 925 MB on disk on Debian 12.
const PACKAGE: &str = "python3-qgis";
/// Its interpreter is the system's: the bindings are for no other.
const PYTHON: &str = "/usr/bin/python3";

/// Installs QGIS where it is not and may be, makes a store, serves it and reads it.
pub(crate) fn run() -> anyhow::Result<()> {
    let begun = Instant::now();
    if !is_there() {
        install::packages(&[PACKAGE])?;
        if !is_there() {
            bail!("{PACKAGE} is installed and cannot be used by {PYTHON}");
        }
        println!("installed {PACKAGE} in {:.0} s", begun.elapsed().as_secs_f64());
    }
    command::run(&mut command::cargo(&["build", "--package", "diachiso"]))?;
    let folder = tempfile::tempdir()?;
    filled(folder.path())?;
    let server = Server::start(folder.path())?;
    let script = folder.path().join("load.py");
    fs::write(&script, SCRIPT)?;
    let begun = Instant::now();
    // Settings of its own, so that nothing of the user's is read or written.
    let mut qgis = command::program(PYTHON);
    qgis.env("QGIS_CUSTOM_CONFIG_PATH", folder.path()).env("QT_QPA_PLATFORM", "offscreen");
    qgis.env("XDG_RUNTIME_DIR", folder.path());
    command::run(qgis.arg(script).arg(format!("http://{}", server.address)))?;
    println!("QGIS read all of it in {:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}

fn is_there() -> bool {
    command::answer(PYTHON, &["-c", "import qgis.core"]).is_some()
}
