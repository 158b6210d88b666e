//! `diachiso results`: what teams found at households of gap lists, loaded back, approved, taken back.

pub(crate) mod args;

use std::{fmt::Write as _, fs::File, io::Write as _, sync::Arc};

use anyhow::anyhow;
use diachiso_model::{Choice, Decision, ResultStatus, ResultWord, Timestamp};
use diachiso_runs::{
    Acceptance, FileFault, FilledList, JobError, JudgedResults, RejectedResult, ResultBook,
    ResultLine, Visit, approval, exports_of, judge_results, today, withdrawal,
};
use diachiso_source::field_results::read_field_results;
use diachiso_store::{ExportRecord, Store, open_service, open_store};
use serde_json::{Value, json};

use crate::{decide, user};
use args::{Judge, List, Load, Results};

/// Rejects that are told one by one; the others are counted.
const TOLD: usize = 50;

/// The command.
pub(crate) async fn command(args: &Results) -> anyhow::Result<()> {
    match args {
        Results::Load(load) => load_lists(load).await,
        Results::List(list) => list_results(list).await,
        Results::Approve(judge) => decide_of(judge, judged(Choice::Apply)).await,
        Results::Refuse(judge) => decide_of(judge, judged(Choice::Refuse)).await,
        Results::Withdraw(judge) => decide_of(judge, withdrawal).await,
    }
}

/// What is decided of a result that waits for somebody else.
fn judged(choice: Choice) -> impl Fn(&ResultLine, &Acceptance) -> Result<Vec<Decision>, JobError> {
    move |line, by| Ok(vec![approval(line, choice, by)?])
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Reads filled lists, says what becomes of their rows, and puts what is new on record by one run.
async fn load_lists(args: &Load) -> anyhow::Result<()> {
    if args.day > today() {
        return Err(user(anyhow!("--day {}: ngày chưa đến / the day has not come yet", args.day)));
    }
    let mut lists = Vec::new();
    for path in &args.files {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let shown = || path.display().to_string();
        let file = File::open(path)
            .map_err(|e| JobError::File { path: shown(), fault: FileFault::Unreadable(e) })?;
        let found = read_field_results(&name, file).map_err(user)?;
        lists.push(FilledList { name: name.into(), found });
    }
    let store = open_store(&args.store.store, false).await.map_err(user)?;
    let exports = exports(&args.store.store, &lists).await?;
    let visit = Visit { day: args.day, signs: &|_| Some(args.by.clone()) };
    let judged = judge_results(store.as_ref(), &lists, &exports, visit).await?;
    say(&if args.json { format!("{:#}\n", as_json(&judged)) } else { in_words(&judged) })?;
    if judged.decisions.is_empty() {
        return Ok(());
    }
    publish(store, judged.decisions, &args.key, args.json).await
}

/// What was handed out under the ids that lists name; one that has ended is refused.
async fn exports(store: &str, lists: &[FilledList]) -> anyhow::Result<Vec<ExportRecord>> {
    if lists.iter().all(|list| list.found.exports.is_empty()) {
        return Ok(Vec::new());
    }
    let service = open_service(store).await.map_err(user)?;
    let exports = exports_of(service.as_ref(), lists).await.map_err(user)?;
    let now = Timestamp::now();
    match exports.iter().find(|export| !export.holds_at(now)) {
        Some(export) => {
            let (id, day) = (&export.id, export.expires_at.strftime("%Y-%m-%d"));
            let day_vi = export.expires_at.strftime("%d/%m/%Y");
            Err(user(anyhow!(
                "bản xuất {id} đã hết hạn ngày {day_vi}: hãy huỷ tệp đó, xin bản mới rồi điền lại / the export ended on {day}: destroy \
                 that file, ask for a new one and fill that in"
            )))
        }
        None => Ok(exports),
    }
}

/// Puts decisions on record; with `quiet` says nothing of what changed.
async fn publish(
    store: Arc<dyn Store>,
    decisions: Vec<Decision>,
    key: &crate::args::StoreKey,
    quiet: bool,
) -> anyhow::Result<()> {
    if quiet {
        return decide::record(store, decisions, key.key()?).await.map(drop);
    }
    decide::publish(store, decisions, key.key()?).await
}

fn as_json(judged: &JudgedResults) -> Value {
    let recorded: serde_json::Map<String, Value> = ResultWord::ALL
        .into_iter()
        .map(|word| (word.as_str().to_owned(), judged.words[word as usize].into()))
        .collect();
    let rejects: Vec<Value> = judged
        .rejects
        .iter()
        .map(|RejectedResult { file, reject }| {
            let ([vi, en], [advice_vi, advice_en]) = (reject.fault.words(), reject.fault.advice());
            json!({
                "file": file, "sheet": reject.sheet, "row": reject.row, "column": reject.column,
                "value": reject.value, "fault": reject.fault.as_str(),
                "vi": vi, "en": en, "advice_vi": advice_vi, "advice_en": advice_en,
            })
        })
        .collect();
    json!({
        "recorded": recorded, "pending": judged.pending(), "repeated": judged.repeated,
        "ignored": judged.ignored, "rejected": judged.rejects.len(), "rejects": rejects,
    })
}

fn in_words(judged: &JudgedResults) -> String {
    let mut text = String::new();
    let mut line = |what: &str, count: u64| {
        if count > 0 {
            let _ = writeln!(text, "  {what:<44}{count:>8}");
        }
    };
    for word in ResultWord::ALL {
        line(&format!("{} / {}", word.vi(), word.en()), judged.words[word as usize]);
    }
    line("Chờ duyệt / wait for approval", judged.pending());
    line("Đã có trong sổ / on record already", judged.repeated);
    line("Dòng không có kết quả / rows without a result", judged.ignored);
    line("Không dùng được / rejected", judged.rejects.len() as u64);
    for RejectedResult { file, reject } in judged.rejects.iter().take(TOLD) {
        let sheet = reject.sheet.as_deref().map(|sheet| format!(" [{sheet}]")).unwrap_or_default();
        let ([vi, en], [advice_vi, _]) = (reject.fault.words(), reject.fault.advice());
        let (row, column, value) = (reject.row, &reject.column, &reject.value);
        let _ =
            writeln!(text, "  {file}{sheet}:{row} · {column} “{value}”: {vi} / {en}. {advice_vi}");
    }
    if let more @ 1.. = judged.rejects.len().saturating_sub(TOLD) {
        let _ = writeln!(text, "  … và {more} dòng nữa / and {more} more; --json tells all");
    }
    text
}

async fn list_results(args: &List) -> anyhow::Result<()> {
    let store = open_store(&args.store.store, false).await.map_err(user)?;
    let book = ResultBook::read(store.as_ref()).await?;
    let wanted = |line: &&ResultLine| !args.pending || line.effect == "waits";
    let lines: Vec<&ResultLine> = book.lines().iter().filter(wanted).collect();
    if args.json {
        let lines: Vec<Value> = lines.iter().map(|line| line_json(line)).collect();
        return say(&format!("{:#}\n", Value::from(lines)));
    }
    if lines.is_empty() {
        return say("Không có kết quả nào / No result\n");
    }
    say(&lines.iter().map(|line| line_words(line)).collect::<String>())
}

fn line_json(line: &ResultLine) -> Value {
    let (result, found, listed) = (line.result(), line.found(), line.listed());
    json!({
        "id": line.id,
        "word": result.map_or(ResultWord::New, |r| r.word).as_str(),
        "day": line.day().to_string(),
        "state": line.status.as_str(),
        "effect": line.effect,
        "source": result.map(|r| r.key.source()),
        "household": result.map(|r| r.key.household()),
        "head": listed.map(|l| &*l.head).or(found.map(|f| &*f.head)),
        "address": listed.map(|l| &*l.address).or(found.map(|f| &*f.address)),
        "village": line.village().map(|v| v.to_string()),
        "place": found.map(|f| &*f.place),
        "household_state": listed.map(|l| l.state.as_str()),
        "by": line.by,
        "at": line.at.to_string(),
        "origin": line.origin,
        "judged": line.judged.as_ref().map(|(by, at, why)| {
            json!({"by": by, "at": at.to_string(), "why": why})
        }),
    })
}

fn line_words(line: &ResultLine) -> String {
    let (result, found) = (line.result(), line.found());
    let word = result.map_or(ResultWord::New, |r| r.word);
    let about = match (result, found) {
        (Some(result), _) => result.key.to_string(),
        (None, Some(found)) => found.place.to_string(),
        (None, None) => String::new(),
    };
    let (id, day, status) = (&line.id[..12], line.day(), line.status.vi());
    format!(
        "{id}  {day}  {:<14}  {status:<12}  {:<9}  {about}  {}\n",
        word.vi(),
        line.effect,
        line.by
    )
}

/// Decides about one result, or about all that wait.
async fn decide_of(
    args: &Judge,
    of: impl Fn(&ResultLine, &Acceptance) -> Result<Vec<Decision>, JobError>,
) -> anyhow::Result<()> {
    let store = open_store(&args.store.store, false).await.map_err(user)?;
    let by = Acceptance { by: args.by.clone(), why: args.reason.clone() };
    let book = ResultBook::read(store.as_ref()).await?;
    let lines: Vec<&ResultLine> = if args.id == "all" {
        let waits =
            |line: &&ResultLine| line.status == ResultStatus::Pending && line.effect == "waits";
        book.lines().iter().filter(waits).collect()
    } else {
        book.find(&args.id).into_iter().collect()
    };
    if lines.is_empty() {
        return Err(user(anyhow!(
            "`{}`: không có kết quả như vậy / no such result, or several begin so; see `diachiso results list`",
            args.id
        )));
    }
    let mut decisions = Vec::new();
    for line in lines {
        decisions.extend(of(line, &by)?);
    }
    publish(store, decisions, &args.key, false).await
}
