//! Builds the page with npm and writes a table of its files.
//!
//! `npm ci` runs only when the lock file changed since the last time, `vite build` only when a source did.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// What the build depends on.
const INPUTS: &[&str] =
    &["ui", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "build.rs"];

/// Media types by ending.
const TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("json", "application/json"),
    ("png", "image/png"),
    ("ico", "image/x-icon"),
];

fn main() {
    for input in INPUTS {
        println!("cargo::rerun-if-changed={input}");
    }
    if let Err(error) = build() {
        println!("cargo::error={error}");
        std::process::exit(1);
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let here =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set")?);
    // The page is built in a copy, so that two builds at once (another profile, an editor) do not meet.
    let work = out.join("page");
    for input in INPUTS {
        copy(&here.join(input), &work.join(input)).map_err(|e| format!("copying {input}: {e}"))?;
    }
    let stamp = work.join("node_modules/.installed-from");
    let lock = fs::read(work.join("package-lock.json")).map_err(|e| e.to_string())?;
    if fs::read(&stamp).ok().as_deref() != Some(&lock) {
        npm(&work, &["ci", "--no-audit", "--no-fund", "--ignore-scripts"])?;
        fs::write(&stamp, &lock).map_err(|e| e.to_string())?;
    }
    npm(&work, &["run", "build"])?;
    let dist = work.join("dist");
    let mut table = String::from("const ASSETS: &[(&str, Asset)] = &[\n");
    for file in files(&dist).map_err(|e| e.to_string())? {
        let name = file
            .strip_prefix(&dist)
            .map_err(|e| e.to_string())?
            .to_string_lossy()
            .replace('\\', "/");
        let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let media =
            TYPES.iter().find(|(e, _)| *e == ending).map_or("application/octet-stream", |(_, t)| t);
        let path = file.to_string_lossy();
        let immutable = name.starts_with("assets/");
        let _ = writeln!(
            table,
            "    ({name:?}, Asset {{ bytes: include_bytes!({path:?}), content_type: {media:?}, immutable: {immutable} }}),"
        );
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table).map_err(|e| e.to_string())
}

/// Runs npm; what it prints is shown only when it fails.
fn npm(at: &Path, args: &[&str]) -> Result<(), String> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let done = Command::new(program).args(args).current_dir(at).output().map_err(|e| {
        format!("Node.js 20 or newer with npm is needed to build the page ({program}: {e}); install it and build again")
    })?;
    if done.status.success() {
        return Ok(());
    }
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    Err(format!("npm {} failed: {}", args.join(" "), said.replace('\n', " | ")))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        return fs::copy(from, to).map(|_| ());
    }
    if to.is_dir() {
        fs::remove_dir_all(to)?;
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
