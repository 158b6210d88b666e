//! What the store answers with.

use diachiso_model::{
    Date, GuardLimits, HouseholdState, Level, LonLat, PovertyClass, Profile, ProposalId,
    ProposalKind, ProposalStatus, RowKey, RuleCode, Severity, SourceKind, SubmissionId,
    SuggestedPosition, Tally, UnitCode, Verdict,
};
use geo_types::MultiPolygon;

/// A file that a run took in. Its archive holds every row as it came, identity numbers sealed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredSource {
    /// Number inside the store.
    pub id: i64,
    /// File name as given.
    pub name: Box<str>,
    /// BLAKE3 of the original bytes, hexadecimal.
    pub hash: Box<str>,
    /// Size of the original in bytes.
    pub bytes: u64,
    /// What it holds.
    pub kind: SourceKind,
    /// Number of the run that loaded it.
    pub run: i64,
    /// When that run was committed, RFC 3339.
    pub loaded_at: Box<str>,
    /// Legal basis recorded for the whole file, if any.
    pub legal_basis: Option<Box<str>>,
    /// Text of the mapping file that it was read with, if any.
    pub mapping: Option<Box<str>>,
}

/// What the identity numbers of a state are sealed with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SealedWith {
    /// There is no sealed number.
    Nothing,
    /// The key of this fingerprint.
    Key(Box<str>),
    /// A key that was not recorded.
    Unknown,
}

impl SealedWith {
    /// As it is recorded: the fingerprint of a key, nothing or an empty text for none.
    pub(crate) fn of(fingerprint: Option<Box<str>>) -> Self {
        fingerprint.filter(|key| !key.is_empty()).map_or(Self::Nothing, Self::Key)
    }
}

/// A run of the ledger.
#[derive(Clone, PartialEq, Debug)]
pub struct RunInfo {
    /// Number, from 1.
    pub number: i64,
    /// When it was committed, RFC 3339, UTC.
    pub committed_at: Box<str>,
    /// Version of the rules.
    pub rule_version: u32,
    /// How strict they were.
    pub profile: Profile,
    /// The day that counted as today.
    pub today: Date,
    /// BLAKE3 over the canonical dump of the inputs' hashes, hexadecimal.
    pub inputs_hash: Box<str>,
    /// The limits beyond which its batch would have been held; `None` of runs made before they were recorded.
    pub guard: Option<GuardLimits>,
    /// What identity numbers are sealed with.
    pub sealed: SealedWith,
}

/// A boundary of a commune version, official or schematic.
#[derive(Clone, PartialEq, Debug)]
pub struct BoundaryRecord {
    /// The commune's code, or a village's.
    pub code: UnitCode,
    /// First day of the version that it bounds.
    pub valid_from: Date,
    /// The shape, WGS 84.
    pub shape: MultiPolygon<f64>,
    /// Where it came from: a file name, or `schematic`.
    pub origin: Box<str>,
    /// Whether it is schematic, i.e. no real boundary.
    pub schematic: bool,
}

/// Which units to tally.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AreaQuery {
    /// Any day of the period between reforms for which to roll up; `None`: that of the register's closing date.
    pub on: Option<Date>,
    /// Level of the rows wanted.
    pub level: Level,
    /// Only units inside this one (or this one itself).
    pub within: Option<UnitCode>,
    /// Source of the denominator; `None`: the first.
    pub source: Option<Box<str>>,
}

/// Coverage of one unit: numerator, denominator, source and date together.
#[derive(Clone, PartialEq, Debug)]
pub struct CoverageRow {
    /// The unit's code.
    pub code: UnitCode,
    /// Its level.
    pub level: Level,
    /// Full name.
    pub name: Box<str>,
    /// Code of the unit above.
    pub parent: Option<UnitCode>,
    /// First day of the period.
    pub period: Date,
    /// Source of the denominator.
    pub source: Box<str>,
    /// Closing date of the denominator.
    pub closed_on: Date,
    /// The counts.
    pub tally: Tally,
}

/// Where a page of a gap list ends: opaque to callers, ordered like the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GapCursor {
    /// Village of the last row.
    pub village: UnitCode,
    /// Poverty rank of the last row (poor first: 0 poor, 1 near-poor, 2 none).
    pub rank: u8,
    /// Household id of the last row.
    pub household: Box<str>,
}

/// One household of a gap list. Personal: never without a token.
#[derive(Clone, PartialEq, Debug)]
pub struct GapRow {
    /// Id inside the register.
    pub household: Box<str>,
    /// Source of the register.
    pub source: Box<str>,
    /// Head of the household.
    pub head: Box<str>,
    /// Address in one line.
    pub address: Box<str>,
    /// Village code.
    pub village: UnitCode,
    /// Village name with kind.
    pub village_name: Box<str>,
    /// Commune code on the register's closing date.
    pub commune: UnitCode,
    /// Commune's full name on that date.
    pub commune_name: Box<str>,
    /// Persons.
    pub members: u16,
    /// Poverty class.
    pub poverty: PovertyClass,
    /// Why it is not covered.
    pub state: HouseholdState,
    /// The held or rejected submission behind the state.
    pub submission: Option<SubmissionId>,
    /// The rules that hold or reject it, worst first.
    pub reasons: Vec<RuleCode>,
    /// Suggested position: the village's centre (precision class D).
    pub suggested: Option<LonLat>,
}

/// A page of a gap list.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct GapPage {
    /// The rows, by (village, poor first, household id).
    pub rows: Vec<GapRow>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<GapCursor>,
}

/// A held submission: where it lies and the rules that hold it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldRow {
    /// Its name.
    pub id: SubmissionId,
    /// Code of the village of the register.
    pub village: Option<UnitCode>,
    /// Commune code on the day of collection.
    pub commune: Option<UnitCode>,
    /// Day of collection.
    pub collected_on: Option<Date>,
    /// For which team it was collected.
    pub team: Box<str>,
    /// The rules that hold it, by code.
    pub rules: Vec<RuleCode>,
}

/// A finding as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FindingView {
    /// The rule.
    pub code: RuleCode,
    /// What it did.
    pub severity: Severity,
    /// Key of the column.
    pub field: Option<Box<str>>,
    /// Value as it came.
    pub original: Box<str>,
    /// Value put in its place, or a suggestion.
    pub replacement: Option<Box<str>>,
}

/// A submission as stored. Personal: never without a token.
#[derive(Clone, PartialEq, Debug)]
pub struct SubmissionView {
    /// Its name.
    pub id: SubmissionId,
    /// File that brought it.
    pub file: Box<str>,
    /// Row in that file.
    pub row: u32,
    /// What became of it.
    pub verdict: Verdict,
    /// The submission that it repeats.
    pub master: Option<SubmissionId>,
    /// The submission that names its place, itself perhaps.
    pub place: SubmissionId,
    /// Household id in the register and weight of evidence in bits.
    pub household: Option<(Box<str>, f32)>,
    /// Head of the household.
    pub head: Box<str>,
    /// Address code.
    pub code: Box<str>,
    /// Address in one line.
    pub address: Box<str>,
    /// Village as stated.
    pub village: Box<str>,
    /// Code of the village of the register that it was found to be, if one was.
    pub village_code: Option<UnitCode>,
    /// Commune code on the day of collection.
    pub commune: Option<UnitCode>,
    /// Phone, national significant number.
    pub phone: Option<u64>,
    /// Persons.
    pub members: Option<u16>,
    /// Position.
    pub point: Option<LonLat>,
    /// Precision class letter.
    pub precision: Option<Box<str>>,
    /// Day of collection.
    pub collected_on: Option<Date>,
    /// Who collected.
    pub collector: Box<str>,
    /// For which team.
    pub team: Box<str>,
    /// What the rules noticed (R01 included when linked).
    pub findings: Vec<FindingView>,
}

/// One line of the row-level report: a finding on a row of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportRow {
    /// File name.
    pub file: Box<str>,
    /// What the file holds.
    pub kind: SourceKind,
    /// Row, from 1.
    pub row: u32,
    /// Verdict of the row.
    pub verdict: Verdict,
    /// The finding.
    pub finding: FindingView,
    /// Where the row belongs; `None` of a line of a register that cannot be used.
    pub place: Option<RowPlace>,
}

/// Where a submission belongs, and to whose rounds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowPlace {
    /// Its village of the register.
    pub village: Option<UnitCode>,
    /// Its commune on the day of collection.
    pub commune: Option<UnitCode>,
    /// That day.
    pub collected_on: Option<Date>,
    /// The team; empty where none is named.
    pub team: Box<str>,
}

/// A proposal as stored. Personal: it names a collector.
#[derive(Clone, PartialEq, Debug)]
pub struct ProposalView {
    /// Its name.
    pub id: ProposalId,
    /// What is wrong.
    pub kind: ProposalKind,
    /// Whose rows, as people know them.
    pub subject: Box<str>,
    /// The collector or team; empty where nobody is named.
    pub collector: Box<str>,
    /// Code of the commune stated.
    pub commune: Option<UnitCode>,
    /// What would be done, in words.
    pub remedy: Box<str>,
    /// Length of the shift in metres and its azimuth in degrees, where there is one.
    pub vector: Option<(f64, f64)>,
    /// Name of the zone, where there is one.
    pub zone: Option<Box<str>>,
    /// Rows that bear witness.
    pub votes: u32,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// What the witnesses say.
    pub evidence: Box<str>,
    /// What was decided.
    pub status: ProposalStatus,
    /// File and row of every submission that it touches, by file and row.
    pub rows: Vec<(Box<str>, u32)>,
}

/// Shape of a unit for maps.
#[derive(Clone, PartialEq, Debug)]
pub struct UnitShape {
    /// The unit's code.
    pub code: UnitCode,
    /// Its level: commune, district or province.
    pub level: Level,
    /// Full name.
    pub name: Box<str>,
    /// First day of the period.
    pub period: Date,
    /// The shape.
    pub shape: MultiPolygon<f64>,
    /// Whether the shape is schematic.
    pub schematic: bool,
}

/// Official or inferred shape of a village for maps.
#[derive(Clone, PartialEq, Debug)]
pub struct VillageShape {
    /// The village's code.
    pub code: UnitCode,
    /// Name with kind.
    pub name: Box<str>,
    /// The shape; `None` without points.
    pub shape: Option<MultiPolygon<f64>>,
    /// How far the shape is to be trusted: 0 without one or where a run did not say, below 1 for an inferred one, 1 for
    /// an official one.
    pub confidence: f32,
}

/// The address and the point of an accepted submission. Personal data.
#[derive(Clone, PartialEq, Debug)]
pub struct KnownHouse {
    /// House number, alley and street in one line.
    pub address: Box<str>,
    /// Code of the village.
    pub village: Option<UnitCode>,
    /// Code of the commune on the day of collection.
    pub commune: Option<UnitCode>,
    /// Day of collection.
    pub collected_on: Option<Date>,
    /// Accuracy of the fix in metres.
    pub accuracy_m: Option<f64>,
    /// Where it is.
    pub point: LonLat,
}

/// A household of a village that counts in the first register. Personal: never without a token.
#[derive(Clone, PartialEq, Debug)]
pub struct VillageHousehold {
    /// Id inside the register.
    pub id: Box<str>,
    /// Head of the household.
    pub head: Box<str>,
    /// Address in one line.
    pub address: Box<str>,
    /// What became of it.
    pub state: HouseholdState,
    /// Its place, when it is covered.
    pub point: Option<LonLat>,
    /// The point of the submission that decides its state.
    pub submitted: Option<LonLat>,
    /// What the geocoder made of the address of that submission, where it states no coordinates.
    pub suggested: Option<SuggestedPosition>,
}

/// A line of a register. Personal: never without a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterLine {
    /// Which line of which register.
    pub key: RowKey,
    /// Head of the household.
    pub head: Box<str>,
    /// Address in one line.
    pub address: Box<str>,
    /// Village code.
    pub village: UnitCode,
    /// What became of it.
    pub state: HouseholdState,
}

/// A point that was accepted, and whose work it is. Personal.
#[derive(Clone, Debug)]
pub struct AcceptedPoint {
    /// The submission.
    pub id: SubmissionId,
    /// Its village of the register.
    pub village: UnitCode,
    /// The commune that it states, by its code on the day of collection.
    pub commune: Option<UnitCode>,
    /// Day of collection.
    pub collected_on: Option<Date>,
    /// Who collected it.
    pub collector: Box<str>,
    /// For which team.
    pub team: Box<str>,
    /// Where it is.
    pub point: LonLat,
}

/// An accepted submission near a place. Personal: never without a token.
#[derive(Clone, PartialEq, Debug)]
pub struct NearPoint {
    /// Head of the household.
    pub head: Box<str>,
    /// Address in one line.
    pub address: Box<str>,
    /// Its village's code.
    pub village: Option<UnitCode>,
    /// Where it is.
    pub point: LonLat,
}

/// West, south, east and north of a box in degrees.
pub type Box4 = [f64; 4];

/// Where a household that counts is, or is likely to be, without anything else: input of the anonymous density layers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DensityPoint {
    /// Its place to a billionth of a degree; of one that is not covered, where its submission says or the village's centre,
    /// if that is known.
    pub point: Option<LonLat>,
    /// Whether it is covered.
    pub covered: bool,
    /// 1 where there is a place; else how many there are that nothing places.
    pub households: u64,
}

/// Covered households of a village, by the day on which the submission that covers them was collected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VillageDays {
    /// Source of the register.
    pub source: Box<str>,
    /// Village code.
    pub village: UnitCode,
    /// How many by day, where submissions state one, the first day first.
    pub days: Vec<(Date, u64)>,
}

/// A household with the point of its submission. Personal: never without a token.
#[derive(Clone, PartialEq, Debug)]
pub struct HouseholdPoint {
    /// Id inside the register.
    pub id: Box<str>,
    /// Village code.
    pub village: UnitCode,
    /// What became of it.
    pub state: HouseholdState,
    /// Where its submission says it is.
    pub point: LonLat,
}
