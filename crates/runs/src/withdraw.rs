//! Takes files out of what is published, and puts them back.
//!
//! Their rows stay in the store, so that nothing that was handed in vanishes; the state is the one that never had them.

use diachiso_model::{Choice, Decision, DecisionKind, Timestamp};
use diachiso_store::{Store, StoredSource};

use crate::{Acceptance, JobError};

/// Digits of a hash from which it names a file.
const LEAST_DIGITS: usize = 6;

/// The decisions that withdraw the file that a text names (its name, that of its workbook, the beginning of its hash), or
/// with `undo` put it back; with the files that they are about.
///
/// # Errors
/// When the text names no file or several, nobody answers for it, or there is nothing to do.
pub async fn file_decisions(
    store: &dyn Store,
    text: &str,
    undo: bool,
    by: &Acceptance,
) -> Result<Vec<(StoredSource, Decision)>, JobError> {
    let stored = store.sources().await?;
    let record = store.decisions().await?;
    let now = Timestamp::now();
    let choice = if undo { Choice::Withdraw } else { Choice::Refuse };
    let mut decisions = Vec::new();
    for file in named(text, &stored)? {
        if Decision::withdraws(&record, &file.hash) == undo {
            let (kind, hash) = (DecisionKind::File, &file.hash);
            let decision = Decision::new(kind, hash, choice, &by.by, now, &by.why);
            let hint = "give --by NAME and --why TEXT";
            let decision = decision.map_err(|source| JobError::Unsigned { source, hint })?;
            decisions.push((file.clone(), decision));
        }
    }
    if decisions.is_empty() {
        return Err(JobError::Undecidable(if undo {
            format!("`{text}`: tệp không bị rút / is not withdrawn: there is nothing to take back")
        } else {
            format!("`{text}`: tệp đã được rút / is withdrawn already; `--undo` puts it back")
        }));
    }
    Ok(decisions)
}

/// The file of a name or a hash, or all sheets of a workbook.
pub(crate) fn named<'a>(
    text: &str,
    stored: &'a [StoredSource],
) -> Result<Vec<&'a StoredSource>, JobError> {
    let text = text.trim();
    let of_name: Vec<_> = stored.iter().filter(|file| *file.name == *text).collect();
    let sheet = format!("{text} [");
    let sheets: Vec<_> = stored.iter().filter(|file| file.name.starts_with(&sheet)).collect();
    let digits = text.to_ascii_lowercase();
    let of_hash =
        stored.iter().filter(|f| digits.len() >= LEAST_DIGITS && f.hash.starts_with(&digits));
    let of_hash: Vec<_> = of_hash.collect();
    let known =
        || stored.iter().map(|f| format!("`{}` ({:.12})", f.name, f.hash)).collect::<Vec<_>>();
    match (of_name.len(), sheets.len(), of_hash.len()) {
        (1, 0, _) => Ok(of_name),
        (0, 0, 1) => Ok(of_hash),
        (0, 1.., _) => Ok(sheets),
        (0, 0, 0) => Err(JobError::Undecidable(format!(
            "không có tệp `{text}` / no such file was taken in; there are {}",
            known().join(", ")
        ))),
        _ => {
            let several = of_name.iter().chain(&of_hash).chain(&sheets);
            let several: Vec<_> = several.map(|f| format!("{} ({:.12})", f.name, f.hash)).collect();
            Err(JobError::Undecidable(format!(
                "`{text}` may be {}; give its hash",
                several.join(" or ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, hash: &str) -> StoredSource {
        StoredSource {
            id: 1,
            name: name.into(),
            hash: hash.into(),
            bytes: 1,
            kind: diachiso_model::SourceKind::Submissions,
            run: 1,
            loaded_at: "".into(),
            legal_basis: None,
            mapping: None,
        }
    }

    #[test]
    fn a_file_is_named_by_its_name_or_hash_and_a_workbook_by_all_its_sheets() {
        let stored = [
            file("a.csv", "aaaaaa11"),
            file("b.xlsx [1]", "bbbbbb11"),
            file("b.xlsx [2]", "bbbbbb22"),
            file("c.csv", "cccccc11"),
            file("c.csv", "cccccc22"),
        ];
        let of = |text| {
            let found = named(text, &stored).map_err(|e| e.to_string());
            found.map(|files| files.iter().map(|f| &*f.hash).collect::<Vec<_>>())
        };
        assert_eq!(of("a.csv"), Ok(vec!["aaaaaa11"]));
        assert_eq!(of("AAAAAA"), Ok(vec!["aaaaaa11"]));
        assert_eq!(of("b.xlsx"), Ok(vec!["bbbbbb11", "bbbbbb22"]));
        assert_eq!(of("b.xlsx [2]"), Ok(vec!["bbbbbb22"]));
        assert_eq!(of("cccccc2"), Ok(vec!["cccccc22"]));
        for text in ["c.csv", "cccccc", "aaa", "d.csv", ""] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
