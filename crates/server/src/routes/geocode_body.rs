//! JSON of answers of the geocoder, for the API and for the command line.

use diachiso_geocode::{Answer, Candidate, Evidence, Index, Suggestion};
use diachiso_model::{LonLat, UnitCode, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

/// What an address came to.
#[derive(Serialize, ToSchema)]
pub struct AnswerBody {
    /// `A` sure, `B` safe with small differences, `C` several places fit; `null` where nothing was found.
    grade: Option<&'static str>,
    /// Candidates, best first.
    candidates: Vec<CandidateBody>,
    /// House number as read.
    number: String,
    /// Alleys as read, outermost first, joined by strokes.
    alley: String,
    /// Words that tell nothing known, folded.
    left_over: Vec<String>,
    /// The names read in the text, widest first.
    evidence: Vec<EvidenceBody>,
    /// Whether point or postal code contradict everything named.
    against_hint: bool,
}

/// A place.
#[derive(Serialize, ToSchema)]
pub(crate) struct CandidateBody {
    /// `door`, `house_number`, `alley`, `street`, `village`, `commune` or `district`.
    level: &'static str,
    /// Degrees north.
    lat: Option<f64>,
    /// Degrees east.
    lon: Option<f64>,
    /// Metres around the point within which the place is in at least nine of ten cases.
    radius_m: Option<f64>,
    /// Precision class `A` to `E`.
    precision: Option<&'static str>,
    /// Street or hamlet.
    street: Option<String>,
    /// Village.
    village: Option<GeocodedUnit>,
    /// The unit of the stated name on the day asked for, or when it bore the name last.
    then: Option<GeocodedUnit>,
    /// The communes of today: several where it was split or a district alone is known.
    now: Vec<GeocodedUnit>,
    /// To compare candidates of one answer.
    score: f32,
}

/// A unit or village.
#[derive(Serialize, ToSchema)]
pub(crate) struct GeocodedUnit {
    /// Code; alone, without a day, it is ambiguous.
    code: String,
    /// Kind and name.
    name: String,
    /// District on the first day, if it had one.
    district: Option<String>,
}

/// A name in the text.
#[derive(Serialize, ToSchema)]
pub(crate) struct EvidenceBody {
    /// `district`, `commune`, `village` or `street`.
    role: &'static str,
    /// `exact`, `unmarked`, `other_marks` or `typing`.
    how: &'static str,
    /// The words in the text.
    text: String,
    /// The name that they stand for.
    name: String,
    /// Whether a kind word or the column says something else.
    doubtful: bool,
}

/// A completion.
#[derive(Serialize, ToSchema)]
pub(crate) struct SuggestionBody {
    /// The whole text.
    label: String,
    /// `district`, `commune`, `village` or `street`.
    role: &'static str,
    /// Degrees north of its middle.
    lat: Option<f64>,
    /// Degrees east of its middle.
    lon: Option<f64>,
    /// The commune of today.
    now: Option<GeocodedUnit>,
}

/// Decimals of coordinates: a centimetre.
pub(crate) fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

fn degrees(point: Option<LonLat>) -> (Option<f64>, Option<f64>) {
    (point.map(|p| rounded(p.lat())), point.map(|p| rounded(p.lon())))
}

impl AnswerBody {
    /// How many candidates.
    pub(crate) fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Leaves the candidates whose village, or else all of whose communes of today, are held; whether any is left.
    pub(crate) fn keep_where(&mut self, held: impl Fn(&UnitCode) -> bool) -> bool {
        let held = |unit: &GeocodedUnit| unit.code.parse().is_ok_and(|code| held(&code));
        self.candidates.retain(|candidate| match &candidate.village {
            Some(village) => held(village),
            None => !candidate.now.is_empty() && candidate.now.iter().all(held),
        });
        !self.candidates.is_empty()
    }
}

impl GeocodedUnit {
    fn of(index: &Index, id: UnitId) -> Self {
        let unit = index.units().get(id);
        let district = index.district_of(id).filter(|district| *district != id);
        Self {
            code: unit.code.to_string(),
            name: unit.full_name(),
            district: district.map(|district| index.units().get(district).full_name()),
        }
    }
}

impl CandidateBody {
    fn of(index: &Index, candidate: &Candidate) -> Self {
        let position = candidate.position;
        let (lat, lon) = degrees(position.map(|p| p.point));
        let village = candidate.village.and_then(|id| index.village(id));
        Self {
            level: candidate.level.as_str(),
            lat,
            lon,
            radius_m: position.map(|p| p.radius_m.ceil()),
            precision: position.map(|p| p.class.as_str()),
            street: candidate.street.and_then(|id| index.street_name(id)).map(str::to_owned),
            village: village.map(|village| GeocodedUnit {
                code: village.code.to_string(),
                name: village.name.to_owned(),
                district: None,
            }),
            then: candidate.then.map(|id| GeocodedUnit::of(index, id)),
            now: candidate.now.iter().map(|id| GeocodedUnit::of(index, *id)).collect(),
            score: (candidate.score * 100.0).round() / 100.0,
        }
    }
}

impl AnswerBody {
    /// The JSON of an answer of an index.
    #[must_use]
    pub fn of(index: &Index, answer: &Answer) -> Self {
        let evidence = |evidence: &Evidence| EvidenceBody {
            role: evidence.role.as_str(),
            how: evidence.how.as_str(),
            text: evidence.text.clone(),
            name: evidence.name.clone(),
            doubtful: evidence.doubtful,
        };
        Self {
            grade: answer.grade.map(diachiso_geocode::Grade::as_str),
            candidates: answer.candidates.iter().map(|c| CandidateBody::of(index, c)).collect(),
            number: answer.parts.number.clone(),
            alley: answer.parts.alley.clone(),
            left_over: answer.parts.left_over.clone(),
            evidence: answer.evidence.iter().map(evidence).collect(),
            against_hint: answer.against_hint,
        }
    }
}

impl SuggestionBody {
    pub(crate) fn of(index: &Index, suggestion: &Suggestion) -> Self {
        let (lat, lon) = degrees(suggestion.point);
        Self {
            label: suggestion.label.clone(),
            role: suggestion.role.as_str(),
            lat,
            lon,
            now: suggestion.now.map(|id| GeocodedUnit::of(index, id)),
        }
    }
}
