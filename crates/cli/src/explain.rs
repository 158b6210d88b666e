//! `diachiso explain`: why two records are one or not, and why a household is covered or not.
//!
//! The state is made again from the files that the store keeps, so that what is told is what decided. Only ids, rules and
//! weights are printed: no name, phone or position.

use std::fmt::Write as _;

use anyhow::{Context as _, anyhow};
use diachiso_link::{Thresholds, waterfall_svg};
use diachiso_model::{Choice, DecisionKind, Published, Severity, Submission, Verdict};
use diachiso_pipeline::{BOUNDS, Explainer, Reference, Score, account, agreements};
use serde_json::{Value, json};

use crate::{args, key::Key, run, user};

/// Candidates that are shown of a submission.
const CANDIDATES_SHOWN: usize = 5;

/// What a text on the command line names.
#[derive(Clone, Copy)]
pub(crate) enum Named {
    /// Index of a submission.
    Submission(u32),
    /// Index of a household.
    Household(u32),
}

/// An explanation, for people, for machines, and as the parts of a score where there is one.
struct Told {
    words: String,
    json: Value,
    score: Option<Score>,
}

/// The command.
pub(crate) async fn command(args: &args::Explain) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let (state, reference) = run::reproduce(store.as_ref(), Key::of(&args.key)?).await?;
    let a = find(&state, &args.a)?;
    let b = args.b.as_deref().map(|b| find(&state, b)).transpose()?;
    let told = match (a, b) {
        (Named::Household(at), None) => household(&state, at),
        (Named::Submission(at), None) => submission(&state, &reference, at),
        (Named::Submission(s), Some(Named::Household(h)))
        | (Named::Household(h), Some(Named::Submission(s))) => pair(&state, &reference, s, h)?,
        (Named::Submission(a), Some(Named::Submission(b))) => two(&state, a, b),
        (Named::Household(_), Some(Named::Household(_))) => {
            return Err(user(anyhow!(
                "two lines of a register are two households: name a submission and a household, or two submissions"
            )));
        }
    };
    if let Some(path) = &args.svg {
        let parts = told.score.as_ref().ok_or_else(|| {
            user(anyhow!("--svg: two submissions have no score; name a submission and a household"))
        })?;
        std::fs::write(path, figure(parts))
            .with_context(|| path.display().to_string())
            .map_err(user)?;
    }
    if args.json {
        println!("{:#}", told.json);
    } else {
        print!("{}", told.words);
    }
    // Memory of a whole province goes back faster all at once, at the end.
    std::mem::forget(state);
    Ok(())
}

pub(crate) fn find(state: &Published, text: &str) -> anyhow::Result<Named> {
    let text = text.trim();
    if let Ok(id) = text.parse::<diachiso_model::SubmissionId>()
        && let Ok(at) = state.submissions.binary_search_by_key(&id, |s| s.id)
    {
        return Ok(Named::Submission(at as u32));
    }
    if let Some(at) = state.households.iter().position(|h| *h.id == *text) {
        return Ok(Named::Household(at as u32));
    }
    if let Some((file, row)) = text.rsplit_once(':')
        && let Ok(row) = row.parse::<u32>()
    {
        return at_row(state, file, row);
    }
    Err(user(anyhow!(
        "`{text}`: no submission and no household has this id; a row of a file is written FILE:ROW, such as phieu.csv:17"
    )))
}

/// The submission that a row of a file brought or repeats.
fn at_row(state: &Published, file: &str, row: u32) -> anyhow::Result<Named> {
    let Some(number) = state.files.iter().position(|f| *f.name == *file) else {
        let known: Vec<&str> = state.files.iter().map(|f| &*f.name).collect();
        return Err(user(anyhow!("no file `{file}` was loaded; there are {}", known.join(", "))));
    };
    let number = number as u32;
    let own = state.submissions.iter().position(|s| (s.file, s.row) == (number, row));
    let repeat = || state.repeats.iter().find(|r| (r.at.file, r.at.row) == (number, row));
    let line = || state.skipped.iter().any(|s| (s.at.file, s.at.row) == (number, row));
    match own.map(|at| at as u32).or_else(|| repeat().map(|r| r.submission)) {
        Some(at) => Ok(Named::Submission(at)),
        None if line() => {
            Err(user(anyhow!("row {row} of {file} is no record: it was skipped (F03)")))
        }
        None => Err(user(anyhow!("{file} has no submission in row {row}"))),
    }
}

/// What a submission is called: its file and row.
fn name(state: &Published, at: u32) -> String {
    let s = &state.submissions[at as usize];
    format!("{}:{}", state.files[s.file as usize].name, s.row)
}

/// The findings that decide a verdict, or all of them where none does.
fn reasons(s: &Submission) -> Vec<(&'static str, &'static str, Severity)> {
    let worst = s.findings.iter().map(|f| f.severity).max().unwrap_or(Severity::Info);
    let deciding =
        s.findings.iter().filter(|f| f.severity == worst || s.verdict == Verdict::Duplicate);
    deciding.map(|f| (f.code.as_str(), f.code.rule().vi, f.severity)).collect()
}

fn told_of_submission(out: &mut String, state: &Published, at: u32) {
    let s = &state.submissions[at as usize];
    let _ = writeln!(
        out,
        "Phiếu / submission {} ({}): {} / {}",
        name(state, at),
        s.id,
        s.verdict.vi(),
        s.verdict.as_str()
    );
    for (code, vi, _) in reasons(s) {
        let _ = writeln!(out, "  {code} {vi}");
    }
    if let Some(master) = s.master {
        let _ = writeln!(out, "  lặp lại / repeats {}", name(state, master));
    }
}

fn json_of_submission(state: &Published, at: u32) -> Value {
    let s = &state.submissions[at as usize];
    let reasons: Vec<Value> =
        reasons(s).into_iter().map(|(code, vi, _)| json!({ "code": code, "vi": vi })).collect();
    json!({
        "submission": s.id.to_string(),
        "file": &*state.files[s.file as usize].name,
        "row": s.row,
        "verdict": s.verdict.as_str(),
        "reasons": reasons,
        "repeats": s.master.map(|m| state.submissions[m as usize].id.to_string()),
    })
}

fn household(state: &Published, at: u32) -> Told {
    let h = &state.households[at as usize];
    let account = account(state, at).expect("a household that was found");
    let register = &state.registers[h.register as usize];
    let mut words = format!(
        "Hộ / household {} ({}, {}): {} / {}\n",
        h.id,
        register.source,
        register.closed_on,
        account.state.vi(),
        account.state.as_str()
    );
    for (submission, _) in &account.matched {
        told_of_submission(&mut words, state, *submission);
    }
    if !account.undecided.is_empty() {
        words.push_str("Chờ người quyết định / waiting for a person (R02):\n");
        for submission in &account.undecided {
            let _ = writeln!(words, "  {}", name(state, *submission));
        }
    }
    if account.matched.is_empty() && account.undecided.is_empty() {
        words.push_str("Không có phiếu nào khớp với hộ này / no submission was matched to it\n");
    }
    let of = |at: &u32| json_of_submission(state, *at);
    let json = json!({
        "household": &*h.id,
        "register": { "source": &*register.source, "closed_on": register.closed_on.to_string() },
        "state": account.state.as_str(),
        "matched": account.matched.iter().map(|(at, _)| of(at)).collect::<Vec<_>>(),
        "undecided": account.undecided.iter().map(of).collect::<Vec<_>>(),
    });
    Told { words, json, score: None }
}

fn submission(state: &Published, reference: &Reference, at: u32) -> Told {
    let s = &state.submissions[at as usize];
    let mut words = String::new();
    told_of_submission(&mut words, state, at);
    let scores = Explainer::new(state, reference, 0)
        .map_or_else(Vec::new, |explainer| explainer.candidates(s));
    let shown = &scores[..scores.len().min(CANDIDATES_SHOWN)];
    match s.link {
        Some(link) => {
            let _ =
                writeln!(words, "Khớp / matched: {}", state.households[link.household as usize].id);
        }
        None => words.push_str("Không khớp hộ nào / matched to no household\n"),
    }
    let _ = writeln!(
        words,
        "Ngưỡng / bounds: ≥ {} bit khớp / match, ≥ {} người xem / review, hơn hộ kế tiếp / lead ≥ {}",
        BOUNDS.upper_bits, BOUNDS.lower_bits, BOUNDS.margin_bits
    );
    for score in shown {
        write_score(&mut words, state, score);
    }
    let mut json = json_of_submission(state, at);
    json["household"] = s.link.map(|l| &*state.households[l.household as usize].id).into();
    json["bounds"] = bounds();
    json["candidates"] = shown.iter().map(|score| json_of_score(state, score)).collect();
    Told { words, json, score: None }
}

fn pair(state: &Published, reference: &Reference, s: u32, h: u32) -> anyhow::Result<Told> {
    let submission = &state.submissions[s as usize];
    let register = state.households[h as usize].register;
    let score = Explainer::new(state, reference, register)
        .and_then(|explainer| explainer.score(submission, h))
        .context("a household of its register")?;
    let mut words = String::new();
    told_of_submission(&mut words, state, s);
    write_score(&mut words, state, &score);
    let household = &state.households[h as usize];
    let source = &state.registers[register as usize].source;
    let target = format!("{} {source} {}", submission.id, household.id);
    write_decisions(&mut words, state, DecisionKind::Match, &target);
    let (vi, en) = if score.bits >= BOUNDS.upper_bits {
        (
            "đủ để khớp nếu không có hộ nào gần bằng",
            "enough to match unless another household comes near",
        )
    } else if score.bits >= BOUNDS.lower_bits {
        ("cần người xem", "for a person to decide")
    } else {
        ("không phải hộ này", "another household")
    };
    let _ = writeln!(words, "→ {vi} / {en}");
    let mut json = json_of_score(state, &score);
    json["submission"] = submission.id.to_string().into();
    json["bounds"] = bounds();
    Ok(Told { words, json, score: Some(score) })
}

fn two(state: &Published, a: u32, b: u32) -> Told {
    let mut words = String::new();
    told_of_submission(&mut words, state, a);
    told_of_submission(&mut words, state, b);
    let [one, other] = [a, b].map(|at| &state.submissions[at as usize]);
    let agreements = agreements(state, one, other);
    for agreement in &agreements {
        let mark = match agreement.agrees {
            Some(true) => "=",
            Some(false) => "≠",
            None => "·",
        };
        let _ = writeln!(words, "  {mark} {} / {}", agreement.vi, agreement.en);
    }
    let target = format!("{} {}", one.id.min(other.id), one.id.max(other.id));
    write_decisions(&mut words, state, DecisionKind::Pair, &target);
    let root = |at: u32| state.submissions[at as usize].master.unwrap_or(at);
    let same = root(a) == root(b)
        || one.link.zip(other.link).is_some_and(|(a, b)| a.household == b.household);
    let (vi, en) =
        if same { ("một hộ", "one household") } else { ("hai hộ", "two households") };
    let _ = writeln!(words, "→ {vi} / {en}");
    let json = json!({
        "submissions": [json_of_submission(state, a), json_of_submission(state, b)],
        "agreements": agreements.iter().map(|x| json!({ "name": x.name, "agrees": x.agrees })).collect::<Vec<_>>(),
        "same": same,
    });
    Told { words, json, score: None }
}

/// Decisions on record about a target.
fn write_decisions(out: &mut String, state: &Published, kind: DecisionKind, target: &str) {
    for d in state.decisions.iter().filter(|d| d.kind() == kind && d.target() == target) {
        let choice = match d.choice() {
            Choice::Apply => "là một / the same",
            Choice::Refuse => "không phải một / not the same",
            Choice::Withdraw => "rút lại / withdrawn",
        };
        let _ = writeln!(
            out,
            "  Quyết định / decided: {choice} · {} · {:.0} · {}",
            d.by(),
            d.at(),
            d.why()
        );
    }
}

fn write_score(out: &mut String, state: &Published, score: &Score) {
    let id = &state.households[score.household as usize].id;
    let _ = writeln!(out, "  Hộ / household {id}: {:+.1} bit", score.bits);
    for bar in &score.bars {
        let _ = writeln!(out, "    {:+7.1}  {} / {}", bar.bits, bar.vi, bar.en);
    }
}

fn json_of_score(state: &Published, score: &Score) -> Value {
    let parts = score.bars.iter().map(|bar| json!({ "name": bar.name, "bits": bar.bits }));
    json!({
        "household": &*state.households[score.household as usize].id,
        "bits": score.bits,
        "parts": parts.collect::<Vec<_>>(),
    })
}

fn bounds() -> Value {
    json!({ "upper": BOUNDS.upper_bits, "lower": BOUNDS.lower_bits, "margin": BOUNDS.margin_bits })
}

fn figure(score: &Score) -> String {
    let parts: Vec<(&str, f32)> = score.bars.iter().map(|bar| (bar.vi, bar.bits)).collect();
    waterfall_svg(
        &parts,
        Thresholds { upper_bits: BOUNDS.upper_bits, lower_bits: BOUNDS.lower_bits },
    )
}
