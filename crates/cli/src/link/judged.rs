//! An evaluation for people and for programs.

use std::fmt::Write as _;

use diachiso_link::{Evaluation, Rates, Scorer, Wrong};
use serde_json::{Value, json};

use super::{Loaded, input::Input};

fn rates(rates: Rates) -> Value {
    json!({
        "found": rates.found,
        "right": rates.right,
        "wanted": rates.wanted,
        "precision": rates.precision(),
        "recall": rates.recall(),
        "f1": rates.f1(),
    })
}

/// The evaluation as JSON.
pub(crate) fn json(found: &Evaluation, input: &Input) -> Value {
    let wrong = |wrong: &Wrong| {
        json!({
            "a": input.name(wrong.pair.a as usize),
            "b": input.name(wrong.pair.b as usize),
            "bits": wrong.pair.bits,
            "compared": wrong.compared,
        })
    };
    json!({
        "pairs": rates(found.pairs),
        "clusters": rates(found.clusters),
        "clusters_of_several": rates(found.clusters_of_several),
        "entities": found.entities,
        "false_merges": found.false_merges,
        "by_kind": found.by_kind.iter().map(|k| json!({
            "kind": k.kind, "wanted": k.wanted, "right": k.right,
        })).collect::<Vec<_>>(),
        "curve": found.curve.iter().map(|at| json!({
            "bits": at.bits, "pairs": rates(at.pairs),
        })).collect::<Vec<_>>(),
        "joined": found.joined.iter().map(wrong).collect::<Vec<_>>(),
        "parted": found.parted.iter().map(wrong).collect::<Vec<_>>(),
    })
}

/// The evaluation as a text.
pub(crate) fn text(found: &Evaluation, loaded: &Loaded, scorer: &Scorer) -> String {
    let mut out = String::new();
    let head = ["", "precision", "recall", "F1", "found", "right", "wanted"];
    line(&mut out, &head.map(str::to_owned));
    for (name, rates) in [
        ("cặp · pairs", found.pairs),
        ("cụm · clusters", found.clusters),
        ("cụm ≥ 2 · clusters of several", found.clusters_of_several),
    ] {
        let shares = [rates.precision(), rates.recall(), rates.f1()].map(|x| format!("{x:.5}"));
        let counts = [rates.found, rates.right, rates.wanted].map(|n| n.to_string());
        let [p, r, f] = shares;
        let [a, b, c] = counts;
        line(&mut out, &[name.to_owned(), p, r, f, a, b, c]);
    }
    let share = 100.0 * found.false_merges as f64 / found.entities.max(1) as f64;
    push(
        &mut out,
        format_args!(
            "gộp nhầm · entities joined with another: {} / {} ({share:.3} %)\n",
            found.false_merges, found.entities
        ),
    );
    if !found.by_kind.is_empty() {
        push(&mut out, format_args!("\nTheo loại lỗi · recall by kind of corruption\n"));
    }
    for kind in &found.by_kind {
        let share = kind.right as f64 / kind.wanted.max(1) as f64;
        push(
            &mut out,
            format_args!("  {:<24} {share:.5}  {:>8} / {}\n", kind.kind, kind.right, kind.wanted),
        );
    }
    for (title, wrongs) in [
        ("Gộp nhầm nặng nhất · joined though two", &found.joined),
        ("Bỏ sót nặng nhất · parted though one", &found.parted),
    ] {
        if wrongs.is_empty() {
            continue;
        }
        push(&mut out, format_args!("\n{title}\n"));
        for wrong in wrongs {
            out.push_str(&of_wrong(wrong, loaded, scorer));
        }
    }
    out
}

fn of_wrong(wrong: &Wrong, loaded: &Loaded, scorer: &Scorer) -> String {
    let (a, b) = (wrong.pair.a, wrong.pair.b);
    let mut out = String::new();
    let compared = if wrong.compared { "" } else { "  không so · not compared" };
    let names = [a, b].map(|row| loaded.input.name(row as usize));
    push(
        &mut out,
        format_args!(
            "  {:+6.1} bit  {} – {}{compared}\n          ",
            wrong.pair.bits, names[0], names[1]
        ),
    );
    let evidence = scorer.explain(&loaded.records, a, b);
    for (comparison, evidence) in loaded.records.model().comparisons.iter().zip(evidence) {
        if evidence.level.is_some() {
            push(
                &mut out,
                format_args!("{} {:+.1}  ", comparison.name, evidence.bits + evidence.rarity_bits),
            );
        }
    }
    out.push('\n');
    out
}

fn line(out: &mut String, cells: &[String; 7]) {
    let [name, rest @ ..] = cells;
    push(out, format_args!("{name:<32}"));
    for cell in rest {
        push(out, format_args!("{cell:>11}"));
    }
    out.push('\n');
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}
