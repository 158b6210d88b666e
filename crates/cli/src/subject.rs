//! `diachiso subject`: what data subjects asked for, by when it is due, and what became of it.

pub(crate) mod args;
pub(crate) mod erase;

use std::io::Write as _;

use diachiso_model::{Date, SubjectRequest, Timestamp};
use diachiso_store::NewRequest;
use jiff::tz::{Offset, TimeZone};
use serde_json::json;

use crate::{audit, user};

/// The command.
pub(crate) async fn command(args: &args::Subject) -> anyhow::Result<()> {
    match args {
        args::Subject::Add(add) => self::add(add).await,
        args::Subject::List(list) => self::list(list).await,
        args::Subject::Answer(answer) => self::answer(answer).await,
        args::Subject::Erase(erase) => erase::command(erase).await,
        args::Subject::Complete(complete) => self::complete(complete).await,
    }
}

/// Today in Vietnam, where the law counts days.
pub(crate) fn today() -> Date {
    TimeZone::fixed(Offset::constant(7)).to_datetime(Timestamp::now()).date()
}

async fn add(args: &args::Add) -> anyhow::Result<()> {
    let service = audit::service(&args.store).await?;
    let request = NewRequest {
        kind: args.kind,
        about: args.about.as_str().into(),
        received_on: args.received_on.unwrap_or_else(today),
        recorded_by: format!("cli:{}", args.by.by).into(),
    };
    let action = format!("subject-{}", args.kind.as_str());
    let entry = audit::entry(&args.by, &action, &args.about);
    let id = service.add_request(&request, &entry).await.map_err(user)?;
    let (answer_by, complete_by) = args.kind.deadlines(request.received_on);
    eprintln!(
        "Yêu cầu số {id}: trả lời trước hết ngày {answer_by}, xong trước hết ngày {complete_by} / request {id}: answer by {answer_by}, done by {complete_by}"
    );
    println!("{id}");
    Ok(())
}

async fn list(args: &args::List) -> anyhow::Result<()> {
    let (now, service) = (today(), audit::service(&args.store).await?);
    let mut requests = service.requests().await.map_err(user)?;
    requests.retain(|r| !args.late || r.late_on(now));
    let mut out = std::io::stdout();
    if args.json {
        let body: Vec<_> = requests.iter().map(|r| row(r, now)).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&body)?)?;
        return Ok(());
    }
    for r in &requests {
        let day = |d: Option<Date>| d.map_or_else(|| "–".to_owned(), |d| d.to_string());
        writeln!(
            out,
            "{}\t{}\t{}\t{}\t{} ≤ {}\t{} ≤ {}\t{}\t{}",
            r.id,
            r.kind.vi(),
            r.about,
            r.received_on,
            day(r.answered_on),
            r.answer_by,
            day(r.completed_on),
            r.complete_by,
            if r.late_on(now) { "QUÁ HẠN/LATE" } else { "" },
            r.outcome.as_deref().unwrap_or_default()
        )?;
    }
    Ok(())
}

fn row(r: &SubjectRequest, now: Date) -> serde_json::Value {
    json!({
        "id": r.id,
        "kind": r.kind.as_str(),
        "about": &*r.about,
        "received_on": r.received_on.to_string(),
        "answer_by": r.answer_by.to_string(),
        "complete_by": r.complete_by.to_string(),
        "answered_on": r.answered_on.map(|d| d.to_string()),
        "completed_on": r.completed_on.map(|d| d.to_string()),
        "outcome": r.outcome.as_deref(),
        "recorded_by": &*r.recorded_by,
        "late": r.late_on(now),
    })
}

async fn answer(args: &args::Answer) -> anyhow::Result<()> {
    let service = audit::service(&args.store).await?;
    let about = args.id.to_string();
    let entry = audit::entry(&args.by, "subject-answered", &about);
    let on = args.on.unwrap_or_else(today);
    noted(args.id, service.answer_request(args.id, on, &entry).await.map_err(user)?)
}

async fn complete(args: &args::Complete) -> anyhow::Result<()> {
    let service = audit::service(&args.store).await?;
    let about = args.id.to_string();
    let entry = audit::entry(&args.by, "subject-completed", &about);
    let on = args.on.unwrap_or_else(today);
    let done = service.complete_request(args.id, on, &args.outcome, &entry).await;
    noted(args.id, done.map_err(user)?)
}

fn noted(id: i64, noted: bool) -> anyhow::Result<()> {
    if noted {
        return Ok(());
    }
    Err(user(anyhow::anyhow!(
        "không có yêu cầu số {id}, hoặc đã ghi trước đó / there is no request {id}, or it was noted before; see `diachiso subject list`"
    )))
}
