//! `diachiso explain`: why two records are one or not, and why a household is covered or not.
//!
//! The state is made again from the files that the store keeps, so that what is told is what decided. Only ids, rules and
//! weights are printed: no name, phone or position.

use std::fmt::Write as _;

use anyhow::{Context as _, anyhow};
use diachiso_model::{Choice, DecisionKind, HouseholdState, Published, Verdict};
use diachiso_pipeline::{BOUNDS, REPEAT_BOUNDS};
use diachiso_server::{
    DecidedBody, ExplainedHousehold, ExplainedPair, ExplainedSubmission, Explanation, Named,
    PartBody, ScoreBody, find, gone,
};
use diachiso_store::{Gone, Store};

use crate::{args, run, user};

/// The command.
pub(crate) async fn command(args: &args::Explain) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let (state, reference) = run::reproduce(&store, &args.key).await?;
    let store = store.as_ref();
    let a = named(store, &state, &args.a).await?;
    let b = match &args.b {
        Some(text) => Some(named(store, &state, text).await?),
        None => None,
    };
    let told = Explanation::of(&state, &reference, a, b).map_err(user)?;
    if let Some(path) = &args.svg {
        let figure = told.figure().ok_or_else(|| {
            user(anyhow!(
                "--svg: nothing was weighed; name a submission and a household, or two submissions that were weighed"
            ))
        })?;
        std::fs::write(path, figure).with_context(|| path.display().to_string()).map_err(user)?;
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&told)?);
    } else {
        print!("{}", words(&state, &told, a, b));
    }
    // Memory of a whole province goes back faster all at once, at the end.
    std::mem::forget(state);
    Ok(())
}

/// What a text names, or what became of it.
async fn named(store: &dyn Store, state: &Published, text: &str) -> anyhow::Result<Named> {
    let error = match find(state, text) {
        Ok(named) => return Ok(named),
        Err(error) => error,
    };
    let Some(Gone { run, at, successor }) = gone(store, &error).await.map_err(user)? else {
        return Err(user(error));
    };
    let day = at.get(..10).unwrap_or_default();
    let now = successor.map(|id| format!("; nay thuộc / now of {id}")).unwrap_or_default();
    Err(user(anyhow!(
        "`{text}`: không còn từ lượt chạy {run} ({day}) / published no more since run {run}{now}"
    )))
}

/// An explanation for people.
fn words(state: &Published, told: &Explanation, a: Named, b: Option<Named>) -> String {
    let mut out = String::new();
    match told {
        Explanation::Household(told) => write_household(&mut out, told),
        Explanation::Submission(told) => {
            write_submission(&mut out, state, &told.told);
            match &told.household {
                Some(id) => {
                    let _ = writeln!(out, "Khớp / matched: {id}");
                }
                None => out.push_str("Không khớp hộ nào / matched to no household\n"),
            }
            let _ = writeln!(
                out,
                "Ngưỡng / bounds: ≥ {} bit khớp / match, ≥ {} người xem / review, hơn hộ kế tiếp / lead ≥ {}",
                BOUNDS.upper_bits, BOUNDS.lower_bits, BOUNDS.margin_bits
            );
            told.candidates.iter().for_each(|score| write_score(&mut out, score));
        }
        Explanation::Match(told) => {
            if let Some(at) = [Some(a), b].into_iter().flatten().find_map(submission) {
                write_submission(&mut out, state, &ExplainedSubmission::of(state, at));
            }
            write_score(&mut out, &told.score);
            if let Some(at) = [Some(a), b].into_iter().flatten().find_map(household) {
                let register = &state.registers[state.households[at as usize].register as usize];
                let (source, id) = (&register.source, &told.score.household);
                let target = format!("{} {source} {id}", told.submission);
                write_decisions(&mut out, state, DecisionKind::Match, &target);
            }
            let verdict = against(told.score.bits, (BOUNDS.upper_bits, BOUNDS.lower_bits));
            let _ = writeln!(out, "→ {}", verdict.of_a_match());
        }
        Explanation::Pair(told) => write_pair(&mut out, state, told),
    }
    out
}

fn submission(named: Named) -> Option<u32> {
    match named {
        Named::Submission(at) => Some(at),
        Named::Household(_) => None,
    }
}

fn household(named: Named) -> Option<u32> {
    match named {
        Named::Household(at) => Some(at),
        Named::Submission(_) => None,
    }
}

/// Where a score stands between two bounds.
#[derive(Clone, Copy)]
enum Against {
    Above,
    Between,
    Below,
}

fn against(bits: f32, (upper, lower): (f32, f32)) -> Against {
    if bits >= upper {
        Against::Above
    } else if bits >= lower {
        Against::Between
    } else {
        Against::Below
    }
}

impl Against {
    fn of_a_match(self) -> &'static str {
        match self {
            Self::Above => {
                "đủ để khớp nếu không có hộ nào gần bằng / enough to match unless another household comes near"
            }
            Self::Between => "cần người xem / for a person to decide",
            Self::Below => "không phải hộ này / another household",
        }
    }
}

/// What became of a submission, and why.
fn write_verdict(out: &mut String, told: &ExplainedSubmission) {
    let verdict = Verdict::from_key(told.verdict).map_or("", Verdict::vi);
    let _ = writeln!(
        out,
        "Phiếu / submission {}:{} ({}): {verdict} / {}",
        told.file, told.row, told.submission, told.verdict
    );
    for reason in &told.reasons {
        let _ = writeln!(out, "  {} {}", reason.code, reason.vi);
    }
    for decided in &told.decided {
        let what = match (decided.kind, decided.choice) {
            ("verdict", "apply") => "chấp nhận / accepted",
            ("verdict", _) => "trả lại / rejected",
            ("unit", _) => "chọn đơn vị / unit chosen",
            _ => "chọn vị trí / position chosen",
        };
        let DecidedBody { by, at, why, .. } = decided;
        let _ = writeln!(out, "  Quyết định / decided: {what} · {by} · {at} · {why}");
    }
}

/// The same with what it repeats.
fn write_submission(out: &mut String, state: &Published, told: &ExplainedSubmission) {
    write_verdict(out, told);
    if let Some(Ok(Named::Submission(master))) = told.repeats.as_deref().map(|id| find(state, id)) {
        let master = ExplainedSubmission::of(state, master);
        let _ = writeln!(out, "  lặp lại / repeats {}:{}", master.file, master.row);
    }
}

fn write_household(out: &mut String, told: &ExplainedHousehold) {
    let state = HouseholdState::from_key(told.state).map_or("", HouseholdState::vi);
    let _ = writeln!(
        out,
        "Hộ / household {} ({}, {}): {state} / {}",
        told.household, told.register.source, told.register.closed_on, told.state
    );
    told.matched.iter().for_each(|submission| write_verdict(out, submission));
    if !told.undecided.is_empty() {
        out.push_str("Chờ người quyết định / waiting for a person (R02):\n");
        for submission in &told.undecided {
            let _ = writeln!(out, "  {}:{}", submission.file, submission.row);
        }
    }
    if told.matched.is_empty() && told.undecided.is_empty() {
        out.push_str("Không có phiếu nào khớp với hộ này / no submission was matched to it\n");
    }
}

fn write_pair(out: &mut String, state: &Published, told: &ExplainedPair) {
    told.submissions.iter().for_each(|submission| write_submission(out, state, submission));
    let why = match told.relation {
        "matched" => "theo hộ trong danh sách / by the households of the register",
        "weighed" => "so hai phiếu với nhau / weighed against each other",
        _ => {
            "không so với nhau: khác tên, khác xã, hoặc chỉ một phiếu có trong danh sách / not compared: another name or \
             commune, or only one of them is in the register"
        }
    };
    let _ = writeln!(out, "  {why}");
    if let Some(bits) = told.bits {
        let _ = writeln!(out, "  {bits:+.1} bit");
        write_parts(out, &told.parts);
        let _ = writeln!(
            out,
            "  Ngưỡng / bounds: ≥ {} bit một hộ / one household, ≥ {} người xem / review",
            REPEAT_BOUNDS.upper_bits, REPEAT_BOUNDS.lower_bits
        );
    }
    let [one, other] = [&told.submissions[0].submission, &told.submissions[1].submission];
    let target = format!("{} {}", one.min(other), one.max(other));
    write_decisions(out, state, DecisionKind::Pair, &target);
    let doubt =
        told.bits.map(|bits| against(bits, (REPEAT_BOUNDS.upper_bits, REPEAT_BOUNDS.lower_bits)));
    let verdict = match (told.same, doubt) {
        (true, _) => "một hộ / one household",
        (false, Some(Against::Between)) => "cần người xem / for a person to decide",
        (false, _) => "hai hộ / two households",
    };
    let _ = writeln!(out, "→ {verdict}");
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

fn write_score(out: &mut String, score: &ScoreBody) {
    let _ = writeln!(out, "  Hộ / household {}: {:+.1} bit", score.household, score.bits);
    write_parts(out, &score.parts);
}

fn write_parts(out: &mut String, parts: &[PartBody]) {
    for part in parts {
        let _ = writeln!(out, "    {:+7.1}  {} / {}", part.bits, part.vi, part.en);
    }
}
