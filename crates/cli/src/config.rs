//! One configuration: a flag, else the environment, else the file of `--config`, else the default.
//!
//! The file is TOML; its keys are the long flags (`listen = "0.0.0.0:8080"`, `oidc-grant = ["…", "…"]`), of whatever
//! command: its values become the defaults of those flags, so that they are read and refused as flags are.

use std::{collections::BTreeMap, ffi::OsString, path::Path};

use anyhow::{Context as _, bail};
use clap::{Arg, Command, CommandFactory as _, FromArgMatches as _};
use toml_edit::{DocumentMut, Item, Value};

use crate::{args::Args, user};

/// The flag and the variable that name the file.
const FLAG: &str = "--config";
const VARIABLE: &str = "DIACHISO_CONFIG";

/// Reads the command line. Ends the program where it cannot be read, or only help was asked for.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn args() -> anyhow::Result<Args> {
    let given: Vec<OsString> = std::env::args_os().collect();
    let mut command = Args::command();
    if let Some(path) = named(&given).or_else(|| std::env::var_os(VARIABLE)) {
        let path = Path::new(&path);
        let name = path.display();
        let text = std::fs::read_to_string(path).with_context(|| name.to_string()).map_err(user)?;
        let told = read(&text).with_context(|| name.to_string()).map_err(user)?;
        command = with_defaults(command, &told).with_context(|| name.to_string()).map_err(user)?;
    }
    let matches = command.get_matches_from(given);
    Ok(Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()))
}

/// The file that the flag names.
fn named(given: &[OsString]) -> Option<OsString> {
    given.iter().enumerate().find_map(|(at, arg)| {
        let text = arg.to_str()?;
        if text == FLAG {
            return given.get(at + 1).cloned();
        }
        text.strip_prefix(FLAG)?.strip_prefix('=').map(OsString::from)
    })
}

/// Keys and their values as texts.
fn read(text: &str) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let document: DocumentMut = text.parse()?;
    let mut told = BTreeMap::new();
    for (key, item) in document.iter() {
        let texts = match item {
            Item::Value(Value::Array(all)) => all.iter().map(plain).collect::<Option<Vec<_>>>(),
            Item::Value(value) => plain(value).map(|text| vec![text]),
            _ => None,
        };
        let Some(texts) = texts else {
            bail!("`{key}` must be a text, a number, true or false, or a list of those");
        };
        told.insert(key.to_owned(), texts);
    }
    Ok(told)
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(n) => Some(n.value().to_string()),
        Value::Float(n) => Some(n.value().to_string()),
        Value::Boolean(b) => Some(b.value().to_string()),
        _ => None,
    }
}

/// The command with the file's values as defaults, in every subcommand that has such a flag.
fn with_defaults(
    command: Command,
    told: &BTreeMap<String, Vec<String>>,
) -> anyhow::Result<Command> {
    let mut unknown: Vec<&String> = told.keys().collect();
    unknown.retain(|key| !knows(&command, key));
    if let Some(key) = unknown.first() {
        bail!(
            "`{key}` is no setting; the settings are the long flags of the commands, without `--`"
        );
    }
    Ok(fill(command, told))
}

fn knows(command: &Command, key: &str) -> bool {
    command.get_arguments().any(|arg| arg.get_long() == Some(key))
        || command.get_subcommands().any(|sub| knows(sub, key))
}

fn fill(command: Command, told: &BTreeMap<String, Vec<String>>) -> Command {
    let default = |arg: Arg| match arg.get_long().and_then(|long| told.get(long)) {
        // It lives as long as the program: the command line is read once.
        Some(texts) => {
            let texts: Vec<&'static str> =
                texts.iter().map(|text| &*Box::leak(text.clone().into_boxed_str())).collect();
            arg.default_values(texts).required(false)
        }
        None => arg,
    };
    command.mut_args(default).mut_subcommands(|sub| fill(sub, told))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Command as Chosen;

    fn parse(file: &str, given: &[&str]) -> anyhow::Result<Args> {
        let command = with_defaults(Args::command(), &read(file)?)?;
        Ok(Args::from_arg_matches(&command.try_get_matches_from(given)?)?)
    }

    fn served(file: &str, given: &[&str]) -> crate::serve::args::Serve {
        match parse(file, given).expect("read").command {
            Chosen::Serve(serve) => serve,
            other => panic!("{other:?}"),
        }
    }

    const FILE: &str = r#"
        store = "tinh.gpkg"
        listen = "0.0.0.0:9000"
        rate-burst = 7
        behind-proxy = true
        oidc-grant = ["groups=a=>planner", "groups=b=>officer:477@2024-12-31"]
        log-format = "json"
        retention-days = [1825, "khảo sát=365"]
    "#;

    #[test]
    fn what_the_file_says_counts_unless_a_flag_says_otherwise() {
        let serve = served(FILE, &["diachiso", "serve"]);
        assert_eq!((serve.store.store.as_str(), serve.listen.port()), ("tinh.gpkg", 9000));
        assert_eq!((serve.rate_burst, serve.behind_proxy, serve.oidc_grants.len()), (7, true, 2));
        let retention = serve.retention.retention().expect("told");
        assert_eq!(retention.to_string(), "1825 | khảo sát=365");
        let serve =
            served(FILE, &["diachiso", "serve", "--listen", "127.0.0.1:1", "--rate-burst", "9"]);
        assert_eq!((serve.listen.port(), serve.rate_burst), (1, 9));
        assert!(matches!(
            parse(FILE, &["diachiso", "serve"]).expect("read").log_format,
            crate::args::LogFormat::Json
        ));
    }

    #[test]
    fn a_setting_that_is_none_or_makes_no_sense_is_refused_by_name() {
        let words = |file: &str| parse(file, &["diachiso", "serve"]).expect_err(file).to_string();
        assert!(words("lisen = \"x\"").contains("`lisen` is no setting"));
        assert!(words("listen = \"x\"").contains("--listen"));
        assert!(words("[listen]\na = 1").contains("`listen` must be"));
        assert!(words("listen = ").contains("TOML parse error"));
    }

    #[test]
    fn the_file_is_named_by_the_flag_in_either_form() {
        let named = |given: &[&str]| {
            named(&given.iter().map(OsString::from).collect::<Vec<_>>())
                .and_then(|path| path.into_string().ok())
        };
        assert_eq!(named(&["d", "--config", "a.toml", "serve"]).as_deref(), Some("a.toml"));
        assert_eq!(named(&["d", "serve", "--config=b.toml"]).as_deref(), Some("b.toml"));
        assert_eq!(named(&["d", "serve", "--configure"]), None);
    }
}
