//! `diachiso`: cleans, matches, publishes and serves the digital addresses of households.
//!
//! Data goes to standard output, words for people to standard error. Exit codes: 0 done,
//! 1 something in the input or the call (the text says what to do), 2 a fault of the program
//! or the machine.

mod areas;
mod args;
mod audit;
mod boundaries;
mod check;
mod columns;
mod config;
mod decide;
mod demo;
mod explain;
mod export;
mod generate;
mod geocode;
mod held;
mod link;
mod matching;
mod migrate;
mod places;
mod proposals;
mod registers;
mod report;
mod results;
mod retention;
mod reverse;
mod review;
mod rules;
mod run;
mod serve;
mod show;
mod sources;
mod store;
mod subject;
mod summary;
mod token;
mod ui;
mod union;
mod units_find;
mod unread;
mod withdraw;

use std::process::ExitCode;

use diachiso_model::RuleCode;
use diachiso_pipeline::RunError;
use diachiso_runs::JobError;
use diachiso_source::SourceError;

use args::{Args, Command};

/// Every row makes and drops a dozen small strings on several threads; this allocator does so a good deal faster
/// than the system's (`cargo xtask bench`, whole run).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a command leaves behind for the shell: faults of the user are told from faults of ours.
#[derive(Debug)]
pub(crate) struct UserError(pub(crate) anyhow::Error);

impl std::fmt::Display for UserError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for UserError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Marks an error as the user's: exit code 1.
pub(crate) fn user(error: impl Into<anyhow::Error>) -> anyhow::Error {
    UserError(error.into()).into()
}

/// Begins the log, to standard error.
fn log(args: &Args) {
    let filter =
        tracing_subscriber::EnvFilter::try_new(&args.log).unwrap_or_else(|_| "warn".into());
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    match args.log_format {
        args::LogFormat::Text => log.init(),
        args::LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

fn main() -> ExitCode {
    let args = match config::args() {
        Ok(args) => args,
        Err(error) => {
            eprintln!("diachiso: {}", chain(&error));
            return ExitCode::from(1);
        }
    };
    log(&args);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("diachiso: cannot start: {error}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(dispatch(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("diachiso: {}", chain(&error));
            ExitCode::from(if is_users(&error) { 1 } else { 2 })
        }
    }
}

/// Whether whoever called can do something about it.
fn is_users(error: &anyhow::Error) -> bool {
    error.is::<UserError>() || error.downcast_ref::<JobError>().is_some_and(JobError::is_users)
}

/// The rule that a file breaks as a whole, if that is what went wrong.
fn rule(error: &anyhow::Error) -> Option<RuleCode> {
    error.chain().find_map(|cause| {
        if let Some(UserError(inner)) = cause.downcast_ref::<UserError>() {
            return rule(inner);
        }
        if let Some(error) = cause.downcast_ref::<JobError>() {
            return error.rule();
        }
        let in_run = cause.downcast_ref::<RunError>().and_then(|e| match e {
            RunError::Source(source) => Some(source),
            _ => None,
        });
        in_run.or_else(|| cause.downcast_ref::<SourceError>()).map(SourceError::rule)
    })
}

/// The error and its causes in one line, without saying anything twice, the rule's code first.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    match rule(error) {
        Some(rule) if !text.starts_with(rule.as_str()) => format!("{rule} {text}"),
        _ => text,
    }
}

/// `diachiso … | head` ends early on purpose.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|e| e.downcast_ref::<std::io::Error>())
        .any(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

async fn dispatch(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Demo(demo) => demo::demo(&demo).await,
        Command::Generate(generate) => generate::generate(&generate),
        Command::Run(run) => run::command(&run).await,
        Command::Check(check) => check::command(&check).await,
        Command::Serve(serve) => serve::command(&serve).await,
        Command::Units(units) => boundaries::command(&units).await,
        Command::Columns(columns) => columns::command(&columns),
        Command::Geocode(geocode) => geocode::command(&geocode).await,
        Command::Places(places) => places::command(&places).await,
        Command::Masks(masks) => boundaries::masks(&masks).await,
        Command::Match(decided) => matching::command(&decided).await,
        Command::Files(files) => sources::command(&files).await,
        Command::Registers(command) => registers::command(&command).await,
        Command::Withdraw(withdraw) => withdraw::command(&withdraw).await,
        Command::Explain(explain) => explain::command(&explain).await,
        Command::Proposals(proposals) => proposals::command(&proposals).await,
        Command::Decide(decide) => decide::command(&decide).await,
        Command::Held(command) => held::command(&command).await,
        Command::Review(command) => review::command(&command).await,
        Command::Reverse(reverse) => reverse::command(&reverse).await,
        Command::Export(args) => export::command(&args).await,
        Command::Report(report) => report::command(&report).await,
        Command::Results(command) => results::command(&command).await,
        Command::Migrate(args) => migrate::command(&args).await,
        Command::Store(command) => store::command(&command).await,
        Command::Dump(store) => show::dump(&store).await,
        Command::Link(link) => link::command(&link),
        Command::Token(token) => token::command(&token).await,
        Command::Areas(areas) => areas::command(&areas).await,
        Command::Audit(audit) => audit::command(&audit).await,
        Command::Subject(subject) => subject::command(&subject).await,
        Command::Retention(command) => retention::command(&command).await,
        Command::Rules(rules) => rules::command(&rules),
        Command::Completions(shell) => show::completions(&shell),
    }
}
