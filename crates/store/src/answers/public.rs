//! Answers that name no household: runs, files, batches, boundaries, coverage, decisions.

use diachiso_model::{
    Choice, Decision, DecisionKind, FileReport, HouseholdState, Level, PlaceKind, ReferencePlace,
    RegisterInfo, RuleCode, SourceKind, Tally, Verdict,
};
use geo_types::MultiPolygon;

use super::Answers;
use crate::{
    BoundaryRecord, CoverageRow, HeldBatch, HeldFile, LedgerRun, RunInfo, SealedWith, Settled,
    StoreError, StoredSource, UnitShape, VillageShape,
};

/// Columns of the counts by verdict, in the order of [`Verdict`].
const VERDICTS: [&str; 4] = ["accepted", "held", "duplicate", "rejected"];

fn lines(text: &str) -> Vec<Box<str>> {
    text.lines().map(Into::into).collect()
}

/// See [`Answers`].
pub(crate) trait PublicAnswers: Answers {
    /// A run; `sealed` is what its identity numbers are sealed with.
    fn run_info(&self, row: &Self::Row, sealed: SealedWith) -> Result<RunInfo, StoreError> {
        Ok(RunInfo {
            number: self.get(row, "number")?,
            committed_at: self.boxed(row, "committed_at")?,
            rule_version: self.get(row, "rule_version")?,
            profile: self.parsed(row, "profile")?,
            today: self.parsed(row, "today")?,
            inputs_hash: self.boxed(row, "inputs_hash")?,
            guard: self.parsed_maybe(row, "guard")?,
            sealed,
        })
    }

    /// A run of the ledger and what it changed.
    fn ledger_run(&self, row: &Self::Row) -> Result<LedgerRun, StoreError> {
        let changes: Option<&str> = self.get(row, "changes")?;
        Ok(LedgerRun {
            number: self.get(row, "number")?,
            committed_at: self.boxed(row, "committed_at")?,
            rule_version: self.get(row, "rule_version")?,
            changes: changes
                .map(serde_json::from_str)
                .transpose()
                .map_err(|e| self.corrupt("changes of a run", e))?,
        })
    }

    fn register(&self, row: &Self::Row) -> Result<RegisterInfo, StoreError> {
        Ok(RegisterInfo {
            source: self.get::<&str>(row, "source")?.into(),
            closed_on: self.parsed(row, "closed_on")?,
            households: self.get(row, "households")?,
        })
    }

    fn stored_source(&self, row: &Self::Row) -> Result<StoredSource, StoreError> {
        Ok(StoredSource {
            id: self.get(row, "id")?,
            name: self.boxed(row, "name")?,
            hash: self.boxed(row, "hash")?,
            bytes: self.count(row, "bytes")?,
            kind: self.keyed(row, "kind", SourceKind::from_key)?,
            run: self.get(row, "run")?,
            loaded_at: self.boxed(row, "loaded_at")?,
            legal_basis: self.boxed_maybe(row, "legal_basis")?,
            mapping: self.boxed_maybe(row, "mapping")?,
        })
    }

    fn boundary(&self, row: &Self::Row) -> Result<BoundaryRecord, StoreError> {
        Ok(BoundaryRecord {
            code: self.parsed(row, "code")?,
            valid_from: self.parsed(row, "valid_from")?,
            shape: self.shape(row, "geom")?.unwrap_or(MultiPolygon(Vec::new())),
            origin: self.boxed(row, "origin")?,
            schematic: self.get(row, "schematic")?,
        })
    }

    fn unit_shape(&self, row: &Self::Row) -> Result<UnitShape, StoreError> {
        Ok(UnitShape {
            code: self.parsed(row, "code")?,
            level: self.keyed(row, "level", Level::from_key)?,
            name: self.boxed(row, "name")?,
            period: self.parsed(row, "period")?,
            shape: self.shape(row, "geom")?.unwrap_or(MultiPolygon(Vec::new())),
            schematic: self.get(row, "schematic")?,
        })
    }

    /// A village; its confidence is nothing where the run did not say.
    fn village_shape(&self, row: &Self::Row) -> Result<VillageShape, StoreError> {
        Ok(VillageShape {
            code: self.parsed(row, "code")?,
            name: self.boxed(row, "name")?,
            shape: self.shape(row, "geom")?,
            confidence: self.get(row, "confidence").unwrap_or(0.0) as f32,
        })
    }

    fn reference_place(&self, row: &Self::Row) -> Result<ReferencePlace, StoreError> {
        let point = diachiso_model::LonLat::new(self.get(row, "lon")?, self.get(row, "lat")?);
        Ok(ReferencePlace {
            kind: self.keyed(row, "kind", PlaceKind::from_key)?,
            name: self.boxed(row, "name")?,
            number: self.boxed(row, "number")?,
            alley: self.boxed(row, "alley")?,
            point: point.map_err(|e| self.corrupt("place", e))?,
        })
    }

    fn coverage_row(&self, row: &Self::Row) -> Result<CoverageRow, StoreError> {
        Ok(CoverageRow {
            code: self.parsed(row, "code")?,
            level: self.keyed(row, "level", Level::from_key)?,
            name: self.boxed(row, "name")?,
            parent: self.parsed_maybe(row, "parent")?,
            period: self.parsed(row, "period")?,
            source: self.boxed(row, "source")?,
            closed_on: self.parsed(row, "closed_on")?,
            tally: self.tally(row)?,
        })
    }

    fn tally(&self, row: &Self::Row) -> Result<Tally, StoreError> {
        let mut tally = Tally {
            outside_list: self.count(row, "outside_list")?,
            persons: self.count(row, "persons")?,
            persons_covered: self.count(row, "persons_covered")?,
            poor: self.count(row, "poor")?,
            poor_covered: self.count(row, "poor_covered")?,
            near_poor: self.count(row, "near_poor")?,
            near_poor_covered: self.count(row, "near_poor_covered")?,
            ..Tally::default()
        };
        for state in HouseholdState::ALL {
            tally.states[state as usize] = self.count(row, state.as_str())?;
        }
        let classes = ["by_class_a", "by_class_b", "by_class_c", "by_class_d", "by_class_e"];
        for (class, column) in tally.by_class.iter_mut().zip(classes) {
            *class = self.count(row, column)?;
        }
        Ok(tally)
    }

    fn verdict_counts(&self, row: &Self::Row) -> Result<[u64; 4], StoreError> {
        let mut counts = [0; 4];
        for (count, verdict) in counts.iter_mut().zip(Verdict::ALL) {
            *count = self.count(row, verdict.as_str())?;
        }
        Ok(counts)
    }

    fn rule_count(&self, row: &Self::Row) -> Result<(RuleCode, u64), StoreError> {
        Ok((self.parsed(row, "code")?, self.count(row, "findings")?))
    }

    fn decision(&self, row: &Self::Row) -> Result<Decision, StoreError> {
        Decision::new(
            self.keyed(row, "kind", DecisionKind::from_key)?,
            self.get(row, "target")?,
            self.keyed(row, "choice", Choice::from_key)?,
            self.get(row, "decided_by")?,
            self.parsed(row, "decided_at")?,
            self.get(row, "reason")?,
        )
        .map_err(|e| self.corrupt("decision", e))
    }

    /// A held batch, without its files.
    fn held_batch(&self, row: &Self::Row) -> Result<HeldBatch, StoreError> {
        let settled = match self.get(row, "status")? {
            "held" => None,
            _ => Some(Settled {
                run: self.get(row, "run")?,
                by: self.boxed(row, "settled_by")?,
                at: self.parsed(row, "settled_at")?,
                why: self.boxed(row, "settled_why")?,
            }),
        };
        Ok(HeldBatch {
            id: self.get(row, "id")?,
            held_at: self.parsed(row, "held_at")?,
            reasons: lines(self.get(row, "reasons")?),
            after_run: self.get(row, "after_run")?,
            profile: self.parsed(row, "profile")?,
            today: self.parsed(row, "today")?,
            guard: self.parsed(row, "guard")?,
            sealed: SealedWith::of(self.boxed_maybe(row, "identity_key")?),
            settled,
            files: Vec::new(),
        })
    }

    fn held_file(&self, row: &Self::Row) -> Result<HeldFile, StoreError> {
        let mut verdicts = [0; 4];
        for (verdict, column) in verdicts.iter_mut().zip(VERDICTS) {
            *verdict = self.count(row, column)?;
        }
        Ok(HeldFile {
            id: self.get(row, "id")?,
            report: FileReport {
                name: self.boxed(row, "name")?,
                hash: self.boxed(row, "hash")?,
                bytes: self.count(row, "bytes")?,
                kind: self.keyed(row, "kind", SourceKind::from_key)?,
                rows_read: self.count(row, "rows_read")?,
                verdicts,
                skipped: self.count(row, "skipped")?,
                dropped_columns: lines(self.get(row, "dropped_columns")?),
            },
            legal_basis: self.boxed_maybe(row, "legal_basis")?,
            mapping: self.boxed_maybe(row, "mapping")?,
        })
    }

    /// Held batches with their files, from the rows of both, each by number.
    fn held_batches(
        &self,
        batches: &[Self::Row],
        files: &[Self::Row],
    ) -> Result<Vec<HeldBatch>, StoreError> {
        let mut held =
            batches.iter().map(|row| self.held_batch(row)).collect::<Result<Vec<_>, _>>()?;
        for row in files {
            let batch: i64 = self.get(row, "batch")?;
            if let Ok(at) = held.binary_search_by_key(&batch, |b| b.id) {
                held[at].files.push(self.held_file(row)?);
            }
        }
        Ok(held)
    }
}

impl<T: Answers> PublicAnswers for T {}
