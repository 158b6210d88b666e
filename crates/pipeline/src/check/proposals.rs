//! What a checked file shows of its collectors: what a run over it alone would propose, and what that rests on.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
};

use diachiso_model::{Proposal, ProposalKind, Remedy, RuleCode, UnitCode};
use diachiso_spatial::distance::{direction_en, direction_vi};
use diachiso_text::number::format_vi;

use crate::forensics::{self, Case, Found, Rows};

use super::{
    Scratch,
    outcome::Outcome,
    traces::{Spilled, TraceSpill},
};

/// Rows of a proposal that are named: more than a collector visits in a commune.
const NAMED: usize = 10_000;

/// Something that all rows of one collector show together, as a run over the file alone would propose it.
#[derive(Clone, PartialEq, Debug)]
pub struct CheckedProposal {
    /// What is proposed, open. Its `rows` are numbers of rows in the file, ascending: the first 10,000. They go on from
    /// part to part; see [`super::CheckedPart::row`].
    pub proposal: Proposal,
    /// Code of the commune stated in the rows.
    pub commune: Option<UnitCode>,
    /// How many rows it would change.
    pub rows: u64,
}

impl CheckedProposal {
    /// What is wrong with the points, in Vietnamese.
    #[must_use]
    pub fn means_vi(&self) -> String {
        match self.proposal.remedy {
            Remedy::Unshift { shift_m, azimuth_deg } => {
                let wind = direction_vi(azimuth_deg.rem_euclid(360.0));
                format!(
                    "mọi điểm nằm cách chỗ thật {shift_m:.0} m về phía {wind} ({azimuth_deg:.0}°)"
                )
            }
            Remedy::Zone(name) => format!("mét được đo theo {name}"),
            Remedy::Hold { fixes } => format!("{fixes} vị trí được chép cho nhiều hộ"),
        }
    }

    /// The same in English.
    #[must_use]
    pub fn means_en(&self) -> String {
        match self.proposal.remedy {
            Remedy::Unshift { shift_m, azimuth_deg } => {
                let wind = direction_en(azimuth_deg.rem_euclid(360.0));
                format!(
                    "all points lie {shift_m:.0} m {wind} ({azimuth_deg:.0}°) of their true places"
                )
            }
            Remedy::Zone(name) => format!("metres were measured in {name}"),
            Remedy::Hold { fixes } => format!("{fixes} fixes were copied to several households"),
        }
    }

    /// What to do, in Vietnamese.
    #[must_use]
    pub fn advice_vi(&self) -> String {
        let Proposal { id, kind, .. } = &self.proposal;
        format!(
            "{}; nạp tệp (diachiso run) rồi quyết định: diachiso decide {id} apply|refuse --by TÊN --why LÝ-DO",
            kind.advice_vi()
        )
    }

    /// The same in English.
    #[must_use]
    pub fn advice_en(&self) -> String {
        let Proposal { id, kind, .. } = &self.proposal;
        format!(
            "{}; load the file (diachiso run), then decide: diachiso decide {id} apply|refuse --by WHO --why WHY",
            kind.advice_en()
        )
    }
}

/// What collectors' rows were compared with.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct ComparedWith {
    /// Communes whose boundaries were surveyed, and those whose boundaries are schematic.
    pub surveyed: u32,
    /// See `surveyed`.
    pub schematic: u32,
    /// Villages in which points of several people in this very file could be compared.
    pub villages: u32,
    /// Whether villages are those of a register; else they are taken as the rows state them.
    pub register: bool,
    /// Points that a store accepted before, in the villages of the file.
    pub accepted: u64,
    /// Collectors of whose rows a sample was looked at: in one commune they have more than [`Self::MOST_ROWS`].
    pub sampled: u32,
}

impl ComparedWith {
    /// Rows of one collector in one commune that are looked at.
    pub const MOST_ROWS: usize = forensics::MOST;

    /// In Vietnamese words.
    #[must_use]
    pub fn vi(&self) -> String {
        let Self { surveyed, schematic, villages, register, accepted, sampled } = *self;
        let names = if register { "theo danh sách hộ" } else { "tên thôn như phiếu ghi" };
        let mut text = format!(
            "ranh giới {surveyed} xã đo thật, {schematic} xã sơ đồ; điểm của người khác trong chính tệp này ở {villages} \
             thôn ({names})"
        );
        match accepted {
            0 => text.push_str("; không xét điểm đã nhận từ trước"),
            n => drop(write!(text, "; {} điểm đã nhận từ trước", format_vi(n))),
        }
        if sampled > 0 {
            let most = format_vi(Self::MOST_ROWS as u64);
            let _ = write!(
                text,
                "; {sampled} người có hơn {most} phiếu ở một xã: chỉ xét {most} phiếu"
            );
        }
        text
    }

    /// In English words.
    #[must_use]
    pub fn en(&self) -> String {
        let Self { surveyed, schematic, villages, register, accepted, sampled } = *self;
        let names = if register { "of the register" } else { "as the rows state them" };
        let mut text = format!(
            "boundaries of {surveyed} communes surveyed, {schematic} schematic; other people's points in this very file \
             in {villages} villages ({names})"
        );
        match accepted {
            0 => text.push_str("; no points accepted before"),
            n => drop(write!(text, "; {n} points accepted before")),
        }
        if sampled > 0 {
            let most = Self::MOST_ROWS;
            let _ = write!(
                text,
                "; of {sampled} with more than {most} rows in a commune only {most} were looked at"
            );
        }
        text
    }
}

/// What was found of collectors.
#[derive(Default)]
pub(super) struct Examined {
    pub(super) proposals: Vec<CheckedProposal>,
    pub(super) compared: ComparedWith,
}

/// Examines the traces of a file. Rows of an open shift are held, as a run holds them (G12).
pub(super) fn examine(
    traces: &TraceSpill<'_>,
    scratch: &dyn Scratch,
    case: &Case<'_>,
    outcome: &mut Outcome,
) -> io::Result<Examined> {
    let spilled = traces.read(scratch);
    let (found, villages) = forensics::find(&spilled, case)?;
    let touched = touched(&found, &spilled, outcome)?;
    let mut proposals = Vec::with_capacity(found.len());
    for (found, touched) in found.into_iter().zip(touched) {
        let who = spilled.who(found.name)?;
        let proposal = found.proposal(who, touched.first.into_iter().collect(), case);
        if proposal.kind == ProposalKind::Datum {
            outcome.mark(RuleCode::G12, &proposal.rows, &[]);
        }
        let code = |commune| case.reference.units.get(commune).code.clone();
        let commune = proposal.commune.map(code);
        proposals.push(CheckedProposal { proposal, commune, rows: touched.rows });
    }
    proposals.sort_by_key(|p| p.proposal.id);
    let (schematic, surveyed) = boundaries(traces, case);
    let compared = ComparedWith {
        surveyed,
        schematic,
        villages: villages as u32,
        register: !case.villages.list.is_empty(),
        accepted: spilled.accepted(),
        sampled: spilled.sampled(),
    };
    Ok(Examined { proposals, compared })
}

/// Communes of a file with schematic boundaries, and with others.
fn boundaries(traces: &TraceSpill<'_>, case: &Case<'_>) -> (u32, u32) {
    let known = traces.communes.iter().filter_map(|commune| {
        let boundary = case.reference.boundaries.get(*commune)?;
        Some((case.same(*commune), boundary.schematic))
    });
    let known: BTreeMap<_, _> = known.collect();
    let schematic = known.values().filter(|schematic| **schematic).count();
    (schematic as u32, (known.len() - schematic) as u32)
}

/// Rows that a proposal would change.
#[derive(Default)]
struct Touched {
    rows: u64,
    first: BTreeSet<u32>,
}

impl Touched {
    fn add(&mut self, row: u32) {
        self.rows += 1;
        self.first.insert(row);
        if self.first.len() > NAMED {
            self.first.pop_last();
        }
    }
}

/// The rows of everything found, those of shifts marked.
fn touched(
    found: &[Found],
    spilled: &Spilled<'_>,
    outcome: &mut Outcome,
) -> io::Result<Vec<Touched>> {
    let mut touched: Vec<Touched> = found.iter().map(|_| Touched::default()).collect();
    let mut whole: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, found) in found.iter().enumerate() {
        match &found.rows {
            Rows::These(rows) => rows.iter().for_each(|row| touched[at].add(*row)),
            Rows::Given(_) => whole.entry(found.subject).or_default().push(at),
        }
    }
    if whole.is_empty() {
        return Ok(touched);
    }
    spilled.rows(&|subject| whole.contains_key(&subject), |subject, given, row| {
        if outcome.is_repeat(row) {
            return;
        }
        for at in whole.get(&subject).into_iter().flatten() {
            if found[*at].rows == Rows::Given(given) {
                touched[*at].add(row);
                if found[*at].kind == ProposalKind::Datum {
                    outcome.mark(RuleCode::G12, &[], &[row]);
                }
            }
        }
    })?;
    Ok(touched)
}
