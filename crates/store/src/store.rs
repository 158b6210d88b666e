//! The trait that the stores keep.

use std::sync::Arc;

use async_trait::async_trait;
use diachiso_model::{
    Decision, GuardLimits, Published, ReferencePlace, RegisterInfo, RowKey, RuleCode, SourceKind,
    SubmissionId, UnitCode,
};
use geo_types::MultiPolygon;

use crate::held::{HeldBatch, NewHeld, Release};
use crate::history::{Gone, PlaceView, Thing};
use crate::ledger::{LedgerRun, RunChanges};
use crate::postgis::TlsError;
use crate::row_area::RowArea;
use crate::view::{
    AcceptedPoint, AreaQuery, BoundaryRecord, Box4, CoverageRow, DensityPoint, GapCursor, GapPage,
    GapRow, HeldRow, HouseholdPoint, KnownHouse, NearPoint, ProposalView, RegisterLine, ReportRow,
    RunInfo, StoredSource, SubmissionView, UnitShape, VillageDays, VillageHousehold, VillageShape,
};

/// Rows of a gap list that are read at a time.
const GAPS_AT_ONCE: u32 = 10_000;

/// Why a store cannot do what was asked. Texts name the store and say what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file exists and is no GeoPackage of ours.
    #[error(
        "{path}: not a diachiso GeoPackage ({reason}); choose another --store or move the file away"
    )]
    NotOurs {
        /// The path.
        path: String,
        /// What was found instead.
        reason: String,
    },
    /// The file was made by a newer version.
    #[error(
        "{path}: made by a newer diachiso (schema {found}, this program knows {known}); update the program"
    )]
    Newer {
        /// The path.
        path: String,
        /// Schema version found.
        found: i64,
        /// Schema version known.
        known: i64,
    },
    /// There is no such store and none may be made.
    #[error("{path}: no such store; make one with `diachiso run --store {path}`")]
    Missing {
        /// The path.
        path: String,
    },
    /// The URL names no kind of store known.
    #[error("`{url}` is no store: expected a path ending in .gpkg, or postgres://HOST/DATABASE")]
    Url {
        /// The URL, without credentials.
        url: String,
    },
    /// The tables were made by an older version, or never.
    #[error(
        "{path}: the tables are of schema {found}, this program needs {known}; run `diachiso migrate --store URL` first"
    )]
    Older {
        /// The database.
        path: String,
        /// Schema version found, 0 where there is none.
        found: i64,
        /// Schema version needed.
        known: i64,
    },
    /// A migration is another than the one that was run under its name.
    #[error(
        "{path}: migration {version} was run with another text; this program is another build of that version"
    )]
    Altered {
        /// The database.
        path: String,
        /// Its version.
        version: i64,
    },
    /// Nobody answers, or not any more.
    #[error("{path}: the database does not answer ({source}); see that it runs, and try again")]
    Unreachable {
        /// The database.
        path: String,
        /// What went wrong.
        source: sqlx::Error,
    },
    /// There is no safe way to the database.
    #[error("{path}: {source}")]
    Tls {
        /// The database.
        path: String,
        /// What is in the way.
        source: TlsError,
    },
    /// The login is to be bound by policies, and is not.
    #[error(
        "{path}: the login of --store could see every row about persons; give it one that cannot (diachiso migrate --roles)"
    )]
    Unwalled {
        /// The database.
        path: String,
    },
    /// What is published was laid out by another version of the program.
    #[error(
        "{path}: what is published was written by an older diachiso; run `diachiso run --again --full --store {path}` first"
    )]
    OldLayout {
        /// The path.
        path: String,
    },
    /// Something is in a store that was to be empty.
    #[error("{path}: there is something in this store already; copy into an empty one")]
    NotEmpty {
        /// The path.
        path: String,
    },
    /// There is no room on the disk; what was there before is whole.
    #[error(
        "{path}: hết chỗ trên đĩa, dữ liệu cũ còn nguyên / the disk is full, what is stored is whole; make room and try again"
    )]
    Full {
        /// The path.
        path: String,
    },
    /// Another run is being written.
    #[error("{path}: another run is writing; wait for it and try again")]
    Busy {
        /// The path.
        path: String,
    },
    /// A file of the batch is held already.
    #[error(
        "{path}: `{file}` is held already in batch {batch}; see `diachiso held show {batch} --store {path}`"
    )]
    HeldAlready {
        /// The path.
        path: String,
        /// Name of the file.
        file: Box<str>,
        /// Number of the batch that holds it.
        batch: i64,
    },
    /// There is no such held batch, or it was settled meanwhile.
    #[error("{path}: no batch {batch} is held; see `diachiso held list --store {path}`")]
    NotHeld {
        /// The path.
        path: String,
        /// Number asked for.
        batch: i64,
    },
    /// A run was published, or a decision recorded, after the state was begun.
    #[error(
        "{path}: another run was published or a decision recorded while this run was at work; run again"
    )]
    Overtaken {
        /// The path.
        path: String,
    },
    /// The database said no.
    #[error("{path}: {source}")]
    Database {
        /// The path.
        path: String,
        /// What it said.
        source: sqlx::Error,
    },
    /// A stored value cannot be read back.
    #[error("{path}: stored {what} cannot be read: {reason}")]
    Corrupt {
        /// The path.
        path: String,
        /// Which value.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A layer of a foreign file is in another coordinate system than WGS 84.
    #[error(
        "{path}: layer `{layer}` is in coordinate system {srs}; reproject it first: ogr2ogr -t_srs EPSG:4326 out.gpkg {path}"
    )]
    Srs {
        /// The path.
        path: String,
        /// The layer.
        layer: String,
        /// Authority and number of the coordinate system.
        srs: String,
    },
    /// The file system said no.
    #[error("{path}: {source}")]
    Io {
        /// The path.
        path: String,
        /// What it said.
        source: std::io::Error,
    },
}

/// A file to keep with the run that loads it.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// File name as given.
    pub name: Box<str>,
    /// BLAKE3 of the original bytes, hexadecimal.
    pub hash: Box<str>,
    /// Size of the original in bytes.
    pub bytes: u64,
    /// What it holds.
    pub kind: SourceKind,
    /// Legal basis recorded for the whole file, if any.
    pub legal_basis: Option<Box<str>>,
    /// Text of the mapping file that it was read with, if any.
    pub mapping: Option<Box<str>>,
    /// zstd-compressed csv of its rows as they came: row number, then cells; identity numbers sealed.
    pub archive: Vec<u8>,
}

/// What a run adds to the ledger, beside the state that it publishes.
#[derive(Clone, Debug, Default)]
pub struct NewRun {
    /// The files that it loads.
    pub sources: Vec<NewSource>,
    /// Archives that take the place of those of earlier files, by the hashes of those: rows were erased.
    pub erased: Vec<(Box<str>, Vec<u8>)>,
    /// The limits beyond which its batch would have been held.
    pub guard: GuardLimits,
    /// Fingerprint of the key that identity numbers of the state are sealed with, if there are such numbers.
    pub key: Option<Box<str>>,
    /// The held batch whose files these are.
    pub releases: Option<Release>,
    /// What it changes of what was published before.
    pub changes: Option<RunChanges>,
    /// Whether every row is written anew, those too that are as they were.
    pub full: bool,
    /// Number of the run whose files the state was made with, 0 before the first: where another was published since, this
    /// one would leave its files out and is refused ([`StoreError::Overtaken`]). `None` takes what is there.
    pub after: Option<i64>,
}

/// A store of the published state. One writer at a time; readers see the last whole run.
#[async_trait]
pub trait Store: Send + Sync {
    /// Where it is, for messages; never holds a secret.
    fn name(&self) -> &str;
    /// The same store, showing of the rows about persons those of an area alone; `None` where the store keeps no such
    /// wall, which whoever asks has to keep himself then.
    fn within(&self, _area: &RowArea) -> Option<Arc<dyn Store>> {
        None
    }
    /// The newest run, if there is any.
    async fn latest_run(&self) -> Result<Option<RunInfo>, StoreError>;
    /// Runs of smaller numbers than `before`, newest first, with what each changed.
    async fn runs(&self, before: i64, limit: u32) -> Result<Vec<LedgerRun>, StoreError>;
    /// Every file taken in so far, by id.
    async fn sources(&self) -> Result<Vec<StoredSource>, StoreError>;
    /// The archive of a file (see [`NewSource::archive`]).
    async fn archive(&self, source: i64) -> Result<Vec<u8>, StoreError>;
    /// Boundaries imported by people; empty when only the schematic ones hold.
    async fn boundaries(&self) -> Result<Vec<BoundaryRecord>, StoreError>;
    /// Replaces the boundaries of the versions named in `boundaries`, in one transaction.
    async fn import_boundaries(&self, boundaries: &[BoundaryRecord]) -> Result<(), StoreError>;
    /// Areas in which no point may be shown (rule G14).
    async fn masks(&self) -> Result<Vec<MultiPolygon<f64>>, StoreError>;
    /// Replaces all masks, in one transaction; `origin` names where they come from.
    async fn import_masks(
        &self,
        masks: &[MultiPolygon<f64>],
        origin: &str,
    ) -> Result<(), StoreError>;
    /// Places of reference files, by which addresses are found, in the order in which they were loaded.
    async fn places(&self) -> Result<Vec<ReferencePlace>, StoreError>;
    /// Two numbers that differ after every import of places.
    async fn places_stamp(&self) -> Result<(i64, i64), StoreError>;
    /// Replaces the places that the file `origin` brought before, in one transaction.
    async fn import_places(
        &self,
        places: &[ReferencePlace],
        origin: &str,
    ) -> Result<(), StoreError>;
    /// The addresses and points of accepted submissions whose precision counts. Personal data.
    async fn known_houses(&self) -> Result<Vec<KnownHouse>, StoreError>;
    /// Publishes a state in one transaction: what is new and decisions added, everything else replaced. `shapes` are the
    /// units for the map layers, `units` names the code and full name of each `UnitId`. `progress` hears now
    /// and then how many more submissions and households were written.
    async fn publish(
        &self,
        state: &Published,
        units: &diachiso_model::Units,
        shapes: &[UnitShape],
        new: &NewRun,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<RunInfo, StoreError>;
    /// Ends the erasing of submissions, after the run that let go of their rows: where they lay is struck out of what was
    /// decided of them, with the reasons, and of deleted rows nothing stays in the space that they took.
    async fn forget(&self, erased: &[SubmissionId]) -> Result<(), StoreError>;
    /// Keeps a batch with its rows until somebody answers for it, in one transaction; what is published stays as it is.
    /// Answers with its number.
    async fn hold(&self, batch: &NewHeld) -> Result<i64, StoreError>;
    /// Every batch that is held or was, by number.
    async fn held(&self) -> Result<Vec<HeldBatch>, StoreError>;
    /// The archive of a file of a batch that is held (see [`NewSource::archive`]).
    async fn held_archive(&self, file: i64) -> Result<Vec<u8>, StoreError>;
    /// Puts other archives in the place of those of files of batches that are held, by their numbers, in one transaction.
    async fn rewrite_held(&self, archives: &[(i64, Vec<u8>)]) -> Result<(), StoreError>;
    /// Lets go of the rows of a held batch, and keeps on record who decided so, when and why.
    async fn discard(&self, batch: i64, decision: &Decision) -> Result<(), StoreError>;
    /// What is proposed to people, by id, with the rows that it touches.
    async fn proposals(&self) -> Result<Vec<ProposalView>, StoreError>;
    /// The record of decisions, oldest first.
    async fn decisions(&self) -> Result<Vec<Decision>, StoreError>;
    /// Rows of all files of submissions by [`diachiso_model::Verdict`].
    async fn verdicts(&self) -> Result<[u64; 4], StoreError>;
    /// How often each rule spoke, by code.
    async fn rule_counts(&self) -> Result<Vec<(RuleCode, u64)>, StoreError>;
    /// Coverage rows by (level, code).
    async fn coverage(&self, query: &AreaQuery) -> Result<Vec<CoverageRow>, StoreError>;
    /// A page of households without coverage inside `area` (commune and district codes as of the register's
    /// closing date, or of any later period through the roll-up), at most `limit` rows after `after`.
    async fn gaps(
        &self,
        area: &UnitCode,
        after: Option<&GapCursor>,
        limit: u32,
    ) -> Result<GapPage, StoreError>;
    /// The whole gap list of a village, as long as it is.
    async fn village_gaps(&self, village: &UnitCode) -> Result<Vec<GapRow>, StoreError> {
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let page = self.gaps(village, after.as_ref(), GAPS_AT_ONCE).await?;
            rows.extend(page.rows);
            after = page.next;
            if after.is_none() {
                return Ok(rows);
            }
        }
    }
    /// The place that a submission belongs to, whether or not the submission names it.
    async fn place(&self, id: SubmissionId) -> Result<Option<PlaceView>, StoreError>;
    /// What became of an id that was published once and is no more; `None` of one that is there, or never was.
    async fn gone(&self, thing: Thing, id: &str) -> Result<Option<Gone>, StoreError>;
    /// One submission with its findings.
    async fn submission(&self, id: SubmissionId) -> Result<Option<SubmissionView>, StoreError>;
    /// Every held submission, by id.
    async fn held_rows(&self) -> Result<Vec<HeldRow>, StoreError>;
    /// The row report: findings at `W` or worse on files (all, or one by name), at most `limit` rows after
    /// (file, row) `after`, by (file, row, code).
    async fn report(
        &self,
        file: Option<&str>,
        after: Option<(&str, u32)>,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError>;
    /// The households of a village that count in the first register, by id.
    async fn village_households(
        &self,
        village: &UnitCode,
    ) -> Result<Vec<VillageHousehold>, StoreError>;
    /// The lines of registers that are there, of those named, by register and id. Personal.
    async fn register_lines(&self, keys: &[RowKey]) -> Result<Vec<RegisterLine>, StoreError>;
    /// Accepted submissions of precision A or B in a box, at most `limit`, by row.
    async fn accepted_near(&self, bounds: Box4, limit: u32) -> Result<Vec<NearPoint>, StoreError>;
    /// Every accepted point whose village is known. Personal.
    async fn accepted_points(&self) -> Result<Vec<AcceptedPoint>, StoreError>;
    /// Shapes of units for maps, all periods.
    async fn unit_shapes(&self) -> Result<Vec<UnitShape>, StoreError>;
    /// Inferred shapes of villages.
    async fn village_shapes(&self) -> Result<Vec<VillageShape>, StoreError>;
    /// Where the households of the first register that count are, in no order.
    async fn density_points(&self) -> Result<Vec<DensityPoint>, StoreError>;
    /// Covered households by register and village, in that order, and day of collection.
    async fn covered_by_day(&self) -> Result<Vec<VillageDays>, StoreError>;
    /// The registers that coverage is measured against, the first one first.
    async fn registers(&self) -> Result<Vec<RegisterInfo>, StoreError>;
    /// Households of the first register that count, whose submission's point lies in a box, at most `limit`, by row.
    /// Personal.
    async fn households_in(
        &self,
        bounds: Box4,
        limit: u32,
    ) -> Result<Vec<HouseholdPoint>, StoreError>;
    /// Writes the published state as canonical text (NDJSON, one record a line, sorted by natural keys;
    /// no file names, row numbers, run numbers or times), for comparing states byte by byte.
    async fn dump(&self) -> Result<String, StoreError>;
}
