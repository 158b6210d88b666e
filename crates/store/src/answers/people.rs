//! Answers about persons. Personal: never without a token.

use std::str::FromStr as _;

use diachiso_model::{
    HouseholdState, LonLat, PrecisionClass, ProposalKind, ProposalStatus, RowKey, RuleCode,
    Severity, SourceKind, SubmissionId, Verdict,
};

use super::Answers;
use crate::{
    AcceptedPoint, DensityPoint, FindingView, HeldRow, HouseholdPoint, KnownHouse, NearPoint,
    PlaceMember, PlaceView, ProposalView, RegisterLine, ReportRow, RowPlace, StoreError,
    SubmissionView, VillageDays,
};

/// See [`Answers`].
pub(crate) trait PersonalAnswers: Answers {
    fn finding(&self, row: &Self::Row) -> Result<FindingView, StoreError> {
        Ok(FindingView {
            code: self.parsed(row, "code")?,
            severity: self.keyed(row, "severity", Severity::from_letter)?,
            field: self.boxed_maybe(row, "field")?,
            original: self.boxed(row, "original")?,
            replacement: self.boxed_maybe(row, "replacement")?,
        })
    }

    fn submission_view(
        &self,
        row: &Self::Row,
        place: SubmissionId,
        findings: &[Self::Row],
    ) -> Result<SubmissionView, StoreError> {
        let mut findings =
            findings.iter().map(|f| self.finding(f)).collect::<Result<Vec<_>, _>>()?;
        let bits: Option<f64> = self.get(row, "bits")?;
        let household = self.boxed_maybe(row, "household")?;
        // The link itself is the finding R01; it is not kept twice.
        findings.extend(household.as_ref().map(|id| FindingView {
            code: RuleCode::R01,
            severity: RuleCode::R01.rule().severity,
            field: None,
            original: id.clone(),
            replacement: None,
        }));
        findings.sort_by_key(|f| f.code);
        Ok(SubmissionView {
            id: self.parsed(row, "id")?,
            file: self.boxed(row, "file")?,
            row: self.get(row, "row")?,
            verdict: self.keyed(row, "verdict", Verdict::from_key)?,
            master: self.parsed_maybe(row, "master")?,
            place,
            household: household.zip(bits.map(|b| b as f32)),
            head: self.boxed(row, "head")?,
            code: self.boxed(row, "code")?,
            address: self.boxed(row, "address")?,
            village: self.boxed(row, "village_text")?,
            village_code: self.parsed_maybe(row, "village")?,
            commune: self.parsed_maybe(row, "commune")?,
            phone: self.get::<Option<i64>>(row, "phone")?.map(i64::cast_unsigned),
            members: self.get(row, "members")?,
            point: self.point(row, "geom")?,
            precision: self.boxed_maybe(row, "precision")?,
            collected_on: self.parsed_maybe(row, "collected_on")?,
            collector: self.boxed(row, "collector")?,
            team: self.boxed(row, "team")?,
            findings,
        })
    }

    fn held_row(&self, row: &Self::Row) -> Result<HeldRow, StoreError> {
        let rules: &str = self.get(row, "rules")?;
        let rules = rules.split_ascii_whitespace().map(RuleCode::from_str);
        let mut rules: Vec<RuleCode> =
            rules.collect::<Result<_, _>>().map_err(|e| self.corrupt("rules", e))?;
        rules.sort_unstable();
        rules.dedup();
        Ok(HeldRow {
            id: self.parsed(row, "id")?,
            village: self.parsed_maybe(row, "village")?,
            commune: self.parsed_maybe(row, "commune")?,
            collected_on: self.parsed_maybe(row, "collected_on")?,
            team: self.boxed(row, "team")?,
            rules,
        })
    }

    /// The place that `id` names, of the submissions that make it up, those that count first.
    fn place_view(&self, id: SubmissionId, rows: &[Self::Row]) -> Result<PlaceView, StoreError> {
        let mut members = Vec::with_capacity(rows.len());
        let (mut position, mut household) = (None, None);
        for row in rows {
            let verdict = self.keyed(row, "verdict", Verdict::from_key)?;
            members.push(PlaceMember { id: self.parsed(row, "id")?, verdict });
            if position.is_none() && verdict == Verdict::Accepted {
                let class: Option<&str> = self.get(row, "precision")?;
                let class = PrecisionClass::ALL.into_iter().find(|p| Some(p.as_str()) == class);
                position = self.point(row, "geom")?.zip(class);
            }
            if household.is_none() {
                household =
                    self.boxed_maybe(row, "source")?.zip(self.boxed_maybe(row, "household")?);
            }
        }
        Ok(PlaceView { id, members, household, position })
    }

    fn report_row(
        &self,
        file: &str,
        kind: SourceKind,
        row: &Self::Row,
    ) -> Result<ReportRow, StoreError> {
        Ok(ReportRow {
            file: file.into(),
            kind,
            row: self.get(row, "row")?,
            verdict: self.keyed(row, "verdict", Verdict::from_key)?,
            finding: self.finding(row)?,
            place: (kind == SourceKind::Submissions).then(|| self.row_place(row)).transpose()?,
        })
    }

    fn row_place(&self, row: &Self::Row) -> Result<RowPlace, StoreError> {
        Ok(RowPlace {
            village: self.parsed_maybe(row, "village")?,
            commune: self.parsed_maybe(row, "commune")?,
            collected_on: self.parsed_maybe(row, "collected_on")?,
            team: self.boxed(row, "team")?,
        })
    }

    /// A proposal without the rows that it touches.
    fn proposal(&self, row: &Self::Row) -> Result<ProposalView, StoreError> {
        let shift_m: Option<f64> = self.get(row, "shift_m")?;
        Ok(ProposalView {
            id: self.parsed(row, "id")?,
            kind: self.keyed(row, "kind", ProposalKind::from_key)?,
            subject: self.boxed(row, "subject")?,
            collector: self.boxed(row, "collector")?,
            commune: self.parsed_maybe(row, "commune")?,
            remedy: self.boxed(row, "remedy")?,
            vector: shift_m.zip(self.get(row, "azimuth_deg")?),
            zone: self.boxed_maybe(row, "zone")?,
            votes: self.get(row, "votes")?,
            confidence: self.get(row, "confidence")?,
            evidence: self.boxed(row, "evidence")?,
            status: self.keyed(row, "status", ProposalStatus::from_key)?,
            rows: Vec::new(),
        })
    }

    /// Proposals by id with what they touch, by file and row.
    fn proposals_with(
        &self,
        proposals: &[Self::Row],
        touched: &[Self::Row],
    ) -> Result<Vec<ProposalView>, StoreError> {
        let mut proposals: Vec<ProposalView> =
            proposals.iter().map(|row| self.proposal(row)).collect::<Result<_, _>>()?;
        for row in touched {
            let id = self.parsed(row, "proposal")?;
            if let Ok(at) = proposals.binary_search_by_key(&id, |p| p.id) {
                let place = (self.boxed(row, "file")?, self.get(row, "row")?);
                proposals[at].rows.push(place);
            }
        }
        Ok(proposals)
    }

    fn register_line(&self, row: &Self::Row) -> Result<RegisterLine, StoreError> {
        let (source, id) = (self.boxed(row, "source")?, self.boxed(row, "id")?);
        let key = RowKey::new(&source, &id)
            .ok_or_else(|| self.corrupt("household", "it has no source or no id"))?;
        Ok(RegisterLine {
            key,
            head: self.boxed(row, "head")?,
            address: self.boxed(row, "address")?,
            village: self.parsed(row, "village")?,
            state: self.keyed(row, "state", HouseholdState::from_key)?,
        })
    }

    /// Places of households, a thousand in a row; those that nothing places are told of together.
    fn density(&self, rows: &[Self::Row]) -> Result<Vec<DensityPoint>, StoreError> {
        let mut found = Vec::new();
        let mut nowhere = [0, 0];
        for row in rows {
            let covered = self.get(row, "covered")?;
            let one = |point| DensityPoint { point: Some(point), covered, households: 1 };
            if let Some(point) = self.point(row, "submitted")? {
                found.push(one(point));
                continue;
            }
            nowhere[usize::from(covered)] += self.count(row, "nowhere")?;
            let places: Option<&str> = self.get(row, "places")?;
            let mut numbers = places.unwrap_or_default().split(' ').filter(|n| !n.is_empty());
            while let (Some(lon), Some(lat)) = (numbers.next(), numbers.next()) {
                let point = billionths(lon).zip(billionths(lat));
                let point = point.and_then(|(lon, lat)| LonLat::new(lon, lat).ok());
                found.push(one(point.ok_or_else(|| self.corrupt("places", "no place"))?));
            }
        }
        for (covered, households) in [false, true].into_iter().zip(nowhere) {
            if households > 0 {
                found.push(DensityPoint { point: None, covered, households });
            }
        }
        Ok(found)
    }

    fn village_days(&self, row: &Self::Row) -> Result<VillageDays, StoreError> {
        let one = |text: &str| {
            let (day, households) = text.split_once(' ')?;
            Some((day.parse().ok()?, households.parse().ok()?))
        };
        let text: Option<&str> = self.get(row, "days")?;
        let all = text.into_iter().flat_map(|text| text.split(','));
        let days = all.map(|text| one(text).ok_or_else(|| self.corrupt("days", text)));
        let mut days = days.collect::<Result<Vec<_>, _>>()?;
        days.sort_unstable();
        Ok(VillageDays {
            source: self.boxed(row, "source")?,
            village: self.parsed(row, "village")?,
            days,
        })
    }

    fn household_point(&self, row: &Self::Row) -> Result<Option<HouseholdPoint>, StoreError> {
        let Some(point) = self.point(row, "geom")? else { return Ok(None) };
        Ok(Some(HouseholdPoint {
            id: self.boxed(row, "id")?,
            village: self.parsed(row, "village")?,
            state: self.keyed(row, "state", HouseholdState::from_key)?,
            point,
        }))
    }

    fn near_point(&self, row: &Self::Row) -> Result<Option<NearPoint>, StoreError> {
        let Some(point) = self.point(row, "geom")? else { return Ok(None) };
        Ok(Some(NearPoint {
            head: self.boxed(row, "head")?,
            address: self.boxed(row, "address")?,
            village: self.parsed_maybe(row, "village")?,
            point,
        }))
    }

    fn accepted_point(&self, row: &Self::Row) -> Result<Option<AcceptedPoint>, StoreError> {
        let Some(point) = self.point(row, "geom")? else { return Ok(None) };
        Ok(Some(AcceptedPoint {
            id: self.parsed(row, "id")?,
            village: self.parsed(row, "village")?,
            commune: self.parsed_maybe(row, "commune")?,
            collected_on: self.parsed_maybe(row, "collected_on")?,
            collector: self.boxed(row, "collector")?,
            team: self.boxed(row, "team")?,
            point,
        }))
    }

    fn known_house(&self, row: &Self::Row) -> Result<Option<KnownHouse>, StoreError> {
        let Some(point) = self.point(row, "geom")? else { return Ok(None) };
        Ok(Some(KnownHouse {
            address: self.boxed(row, "address")?,
            village: self.parsed_maybe(row, "village")?,
            commune: self.parsed_maybe(row, "commune")?,
            collected_on: self.parsed_maybe(row, "collected_on")?,
            accuracy_m: self.get(row, "accuracy_m")?,
            point,
        }))
    }
}

impl<T: Answers> PersonalAnswers for T {}

/// Puts a report in order, files of one name as one, and cuts it to whole rows of files within the limit.
pub(crate) fn cut_report(found: &mut Vec<ReportRow>, limit: usize) {
    found.sort_by(|a, b| (&a.file, a.row, a.finding.code).cmp(&(&b.file, b.row, b.finding.code)));
    found.truncate(whole_rows(found, limit));
}

/// How many of the rows make whole rows of files within the limit, at least one.
fn whole_rows(rows: &[ReportRow], limit: usize) -> usize {
    if rows.len() <= limit {
        return rows.len();
    }
    let at = |r: &ReportRow| (r.file.clone(), r.row);
    let cut = at(&rows[limit]);
    let before = rows[..limit].iter().rposition(|r| at(r) != cut).map(|i| i + 1);
    before.unwrap_or_else(|| rows.iter().position(|r| at(r) != cut).unwrap_or(rows.len()))
}

/// Degrees written as billionths.
fn billionths(text: &str) -> Option<f64> {
    text.parse::<i64>().ok().map(|n| n as f64 / 1e9)
}
