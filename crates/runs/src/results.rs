//! Results of visits: filled gap lists to lines of the record of decisions, and what may be decided of these.

mod book;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diachiso_model::{
    Choice, Date, Decision, DecisionKind, FieldResult, FoundHousehold, Level, ResultFault,
    ResultStatus, ResultWord, RowKey, Timestamp, UnitCode, may_be_one_person,
};
use diachiso_source::field_results::{FieldReject, FieldResults, FieldRow, export_named};
use diachiso_store::{AreaQuery, ExportRecord, RegisterLine, ServiceError, ServiceStore, Store};
use diachiso_text::fold::strong_key;

use crate::{Acceptance, JobError, ListedRow};

pub use book::{ResultBook, ResultLine, result_id};

/// Of which day results are, and who may bring them in, where.
#[derive(Clone, Copy)]
pub struct Visit<'a> {
    /// The day of the visits.
    pub day: Date,
    /// Who signs for households of a village, or, with `None`, for those of whom nobody knows where they live; `None` where
    /// whoever brings the results in may not.
    pub signs: &'a (dyn Fn(Option<&UnitCode>) -> Option<String> + Sync),
}

impl Visit<'_> {
    fn may(&self, village: Option<&UnitCode>) -> bool {
        (self.signs)(village).is_some()
    }
}

/// A filled list and what people call it.
#[derive(Clone, Debug)]
pub struct FilledList {
    /// Its name.
    pub name: Box<str>,
    /// What it says.
    pub found: FieldResults,
}

/// A row that cannot be used, and the file that it stands in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RejectedResult {
    /// Name of the file.
    pub file: Box<str>,
    /// The row.
    pub reject: FieldReject,
}

/// What becomes of filled lists. Every row of them is counted once.
#[derive(Clone, Debug, Default)]
pub struct JudgedResults {
    /// What is new, for the record.
    pub decisions: Vec<Decision>,
    /// What the lists say, new or not: targets of results and of households found.
    pub said: BTreeSet<Box<str>>,
    /// New results by [`ResultWord`].
    pub words: [u64; 7],
    /// Rows that say what is on record already, or what another row of the lists says too.
    pub repeated: u64,
    /// Rows without a result.
    pub ignored: u64,
    /// Rows that cannot be used, in the order of the files.
    pub rejects: Vec<RejectedResult>,
}

impl JudgedResults {
    /// New results that wait for somebody to approve them.
    #[must_use]
    pub fn pending(&self) -> u64 {
        let leaving = ResultWord::ALL.into_iter().filter(|word| word.leaves());
        leaving.map(|word| self.words[word as usize]).sum()
    }
}

/// What was handed out under the ids that lists name, ended or not. Of what is missing there never was such a list.
///
/// # Errors
/// When what the service remembers cannot be read.
pub async fn exports_of(
    service: &dyn ServiceStore,
    lists: &[FilledList],
) -> Result<Vec<ExportRecord>, ServiceError> {
    let ids: BTreeSet<&str> =
        lists.iter().flat_map(|list| list.found.exports.iter().map(|id| &**id)).collect();
    let mut exports = Vec::with_capacity(ids.len());
    for id in ids {
        exports.extend(service.export(id).await?);
    }
    Ok(exports)
}

/// Judges filled lists against the registers of a store and what was handed out. A row about a household where whoever brings
/// them in may not is a reject, as one about no household is; so is a row of a list that is none of `exports`. Rows of lists
/// without an id are taken.
///
/// # Errors
/// When the store fails, or nobody answers for the results.
pub async fn judge_results(
    store: &dyn Store,
    lists: &[FilledList],
    exports: &[ExportRecord],
    visit: Visit<'_>,
) -> Result<JudgedResults, JobError> {
    let record = store.decisions().await?;
    let rows = || lists.iter().flat_map(|list| list.found.rows.iter().map(move |row| (list, row)));
    let keys: BTreeSet<&RowKey> = rows().filter_map(|(_, row)| row.key.as_ref()).collect();
    let keys: Vec<RowKey> = keys.into_iter().cloned().collect();
    let lines = store.register_lines(&keys).await?;
    let lines: HashMap<&RowKey, &RegisterLine> =
        lines.iter().filter(|l| visit.may(Some(&l.village))).map(|l| (&l.key, l)).collect();
    let exports: HashSet<&str> = exports.iter().map(|export| &*export.id).collect();
    let mut words: BTreeMap<&RowKey, BTreeSet<ResultWord>> = BTreeMap::new();
    for (_, row) in rows() {
        if let Some(key) = &row.key {
            words.entry(key).or_default().insert(row.word);
        }
    }
    let villages = if rows().any(|(_, row)| row.word == ResultWord::New) {
        Villages::read(store).await?
    } else {
        Villages::default()
    };
    let mut known = Known::new(&record);
    let mut judged = JudgedResults::default();
    for list in lists {
        judged.ignored += list.found.ignored;
        for row in &list.found.rows {
            let Some(key) = &row.key else {
                judged.take_new(list, row, visit, (&villages, &mut known))?;
                continue;
            };
            let Some(line) = lines.get(key) else {
                judged.rejects.push(rejected(list, row, ResultFault::Unlisted));
                continue;
            };
            let (head, address) = (&*line.head, &*line.address);
            let listed = ListedRow { key, head, address, village: line.village.as_str() };
            let faults = [
                (!listed.fits(&row.check), ResultFault::Stale),
                (
                    export_named(&row.check).is_some_and(|id| !exports.contains(id)),
                    ResultFault::UnknownExport,
                ),
                (words.get(key).is_some_and(|words| words.len() > 1), ResultFault::Twice),
            ];
            if let Some((_, fault)) = faults.into_iter().find(|(is, _)| *is) {
                judged.rejects.push(rejected(list, row, fault));
                continue;
            }
            let result = FieldResult { day: visit.day, word: row.word, key: key.clone() };
            let target = (DecisionKind::Result, result.to_string());
            judged.take(list, row, target, (visit, Some(&line.village), &mut known))?;
        }
        judged.rejects.extend(
            list.found
                .rejects
                .iter()
                .map(|reject| RejectedResult { file: list.name.clone(), reject: reject.clone() }),
        );
    }
    let place = |r: &RejectedResult| (r.file.clone(), r.reject.sheet.clone(), r.reject.row);
    judged.rejects.sort_by_cached_key(place);
    Ok(judged)
}

/// What is on record and stands.
struct Known {
    targets: HashSet<(DecisionKind, String)>,
}

impl Known {
    fn new(record: &[Decision]) -> Self {
        let of =
            |kind| Decision::standing(record, kind).into_keys().map(move |t| (kind, t.to_owned()));
        Self { targets: of(DecisionKind::Result).chain(of(DecisionKind::Found)).collect() }
    }
}

impl JudgedResults {
    /// Takes a household that no register lists, unless it lives where whoever brings it in may not.
    fn take_new(
        &mut self,
        list: &FilledList,
        row: &FieldRow,
        visit: Visit<'_>,
        (villages, known): (&Villages, &mut Known),
    ) -> Result<(), JobError> {
        let village = if row.village.is_empty() {
            row.sheet.as_deref().unwrap_or_default()
        } else {
            &row.village
        };
        let code = villages.find(village, &row.commune, visit);
        if !visit.may(code) {
            self.rejects.push(rejected(list, row, ResultFault::Outside));
            return Ok(());
        }
        let parts = [village, &*row.commune].into_iter().filter(|part| !part.is_empty());
        let found = FoundHousehold {
            day: visit.day,
            village: code.map(|code| code.as_str().into()).unwrap_or_default(),
            place: parts.collect::<Vec<_>>().join(", ").into(),
            head: row.head.clone(),
            address: row.address.clone(),
        };
        self.take(list, row, (DecisionKind::Found, found.to_string()), (visit, code, known))
    }

    fn take(
        &mut self,
        list: &FilledList,
        row: &FieldRow,
        (kind, target): (DecisionKind, String),
        (visit, village, known): (Visit<'_>, Option<&UnitCode>, &mut Known),
    ) -> Result<(), JobError> {
        self.said.insert(target.as_str().into());
        if !known.targets.insert((kind, target.clone())) {
            self.repeated += 1;
            return Ok(());
        }
        let by = (visit.signs)(village).unwrap_or_default();
        let decision =
            Decision::new(kind, &target, Choice::Apply, &by, Timestamp::now(), &origin(list, row));
        let hint = "give a name with --by";
        self.decisions.push(decision.map_err(|source| JobError::Unsigned { source, hint })?);
        self.words[row.word as usize] += 1;
        Ok(())
    }
}

/// Where a result stands, and what was noted beside it.
fn origin(list: &FilledList, row: &FieldRow) -> String {
    let sheet = row.sheet.as_deref().map(|sheet| format!(" [{sheet}]")).unwrap_or_default();
    let note = if row.note.is_empty() { String::new() } else { format!(" · {}", row.note) };
    format!("{}{sheet}:{}{note}", list.name, row.row)
}

fn rejected(list: &FilledList, row: &FieldRow, fault: ResultFault) -> RejectedResult {
    use diachiso_model::{Field as _, ResultField};
    let (field, value) = match fault {
        ResultFault::Stale => (ResultField::Check, row.check.clone()),
        ResultFault::Twice => (ResultField::Result, row.value.clone()),
        ResultFault::UnknownExport => {
            (ResultField::Check, export_named(&row.check).unwrap_or_default().into())
        }
        ResultFault::Outside => (ResultField::Village, row.village.clone()),
        _ => (
            ResultField::Row,
            row.key.as_ref().map(|key| key.to_string().into()).unwrap_or_default(),
        ),
    };
    let (sheet, column) = (row.sheet.clone(), field.title().into());
    RejectedResult {
        file: list.name.clone(),
        reject: FieldReject { sheet, row: row.row, column, value, fault },
    }
}

/// Villages of the registers by name.
#[derive(Default)]
struct Villages {
    by_name: HashMap<String, Vec<(UnitCode, String)>>,
}

impl Villages {
    async fn read(store: &dyn Store) -> Result<Self, JobError> {
        let query = |level| AreaQuery { on: None, level, within: None, source: None };
        let communes = store.coverage(&query(Level::Commune)).await?;
        let names: HashMap<&UnitCode, String> =
            communes.iter().map(|row| (&row.code, strong_key(&row.name))).collect();
        let mut by_name: HashMap<String, Vec<(UnitCode, String)>> = HashMap::new();
        for row in store.coverage(&query(Level::Village)).await? {
            let commune = row.parent.as_ref().and_then(|code| names.get(code)).cloned();
            let own = (row.code, commune.unwrap_or_default());
            by_name.entry(strong_key(&row.name)).or_default().push(own);
        }
        Ok(Self { by_name })
    }

    /// The one village of a name; of several the one whose commune is named so, or, where none is, the one where whoever
    /// brings the results in may.
    fn find(&self, village: &str, commune: &str, visit: Visit<'_>) -> Option<&UnitCode> {
        let own = self.by_name.get(&strong_key(village))?;
        if let [(code, _)] = own.as_slice() {
            return Some(code);
        }
        let commune = strong_key(commune);
        let named = own.iter().filter(|(_, name)| *name == commune).map(|(code, _)| code);
        let only = |mut codes: Vec<_>| if codes.len() == 1 { codes.pop() } else { None };
        let named: Vec<&UnitCode> = named.collect();
        if named.is_empty() {
            return only(own.iter().map(|(code, _)| code).filter(|c| visit.may(Some(c))).collect());
        }
        only(named)
    }
}

fn undecidable(why: &str) -> JobError {
    JobError::Undecidable(why.to_owned())
}

/// The decision that a result which takes a household out of the denominator is so, or is not.
///
/// # Errors
/// When it does not wait for that, whoever decides may be who handed it in, or nobody answers for it.
pub fn approval(line: &ResultLine, choice: Choice, by: &Acceptance) -> Result<Decision, JobError> {
    let wanted = match choice {
        Choice::Apply => ResultStatus::Approved,
        _ => ResultStatus::Refused,
    };
    match (line.status, line.result()) {
        (_, Some(result)) if !result.word.leaves() => {
            return Err(undecidable(
                "kết quả này không cần duyệt / only moved and gone are to be approved",
            ));
        }
        (_, None) => {
            return Err(undecidable("hộ mới không cần duyệt / new households are not approved"));
        }
        (status, _) if status == wanted => {
            return Err(undecidable("đã được quyết định như vậy / this is on record already"));
        }
        _ => {}
    }
    if may_be_one_person(&line.by, &by.by) {
        return Err(undecidable(
            "người duyệt phải khác người báo kết quả / who handed the result in cannot approve or refuse it",
        ));
    }
    signed(DecisionKind::Approval, &line.target, choice, by)
}

/// The decisions by which a result is taken back, with what was decided of it.
///
/// # Errors
/// When nobody answers for it.
pub fn withdrawal(line: &ResultLine, by: &Acceptance) -> Result<Vec<Decision>, JobError> {
    let kind = if line.result().is_some() { DecisionKind::Result } else { DecisionKind::Found };
    let mut decisions = vec![signed(kind, &line.target, Choice::Withdraw, by)?];
    if line.judged.is_some() {
        // Handed in once more, it is to be approved once more.
        decisions.push(signed(DecisionKind::Approval, &line.target, Choice::Withdraw, by)?);
    }
    Ok(decisions)
}

fn signed(
    kind: DecisionKind,
    target: &str,
    choice: Choice,
    by: &Acceptance,
) -> Result<Decision, JobError> {
    let decision = Decision::new(kind, target, choice, &by.by, Timestamp::now(), &by.why);
    decision.map_err(|source| JobError::Unsigned { source, hint: "give a name and a reason" })
}
