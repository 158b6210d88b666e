//! Which household of a register a submission speaks of, and which submissions repeat each other:
//! rules R01, R02, R03, R05, H02, D01, D03 and D04.
//!
//! Evidence is weighed in bits (Fellegi–Sunter) by the model `models/register.toml`: agreement on a value that one
//! household in `n` bears is worth log2 `n`. The prior is that of a household drawn from the register, raised by the odds
//! that a collector visits a listed one. A register states neither phone nor identity number, code, position or day:
//! those tell submissions apart, not lines.

mod weights;

use diachiso_model::{
    Finding, Household, Link, ResidenceStatus, RuleCode as R, Severity, Submission, Verdict,
};
use diachiso_spatial::distance;
use diachiso_text::fold;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{
    judge::Judge,
    place::Villages,
    register::AddressKey,
    rulings::{Line, Rulings, senior},
    seal::Births,
    sex::Sex,
    submissions::{Draft, LinkKeys, joint, key},
    twin::{self, Repeat, SAME_PLACE_M, Twin, seniority},
};
use weights::Counts;
pub(crate) use weights::{Spelt, Weights};

/// Bits from which a pair is one household; 2^5 to 1.
pub(crate) const UPPER_BITS: f32 = 5.0;
/// Bits below which it is not; between the two a person decides (R02).
pub(crate) const LOWER_BITS: f32 = 1.5;
/// Lead over the second-best household that a match needs.
pub(crate) const MARGIN_BITS: f32 = 3.0;
/// Members by which a submission may differ from the register (H02).
const MEMBERS_APART: u16 = 3;

/// Values by hash, with the households that bear them: a sorted column, searched by halving.
struct Column(Vec<(u64, u32)>);

impl Column {
    fn new(keys: impl IndexedParallelIterator<Item = u64>) -> Self {
        let mut pairs: Vec<(u64, u32)> = keys.enumerate().map(|(i, k)| (k, i as u32)).collect();
        pairs.par_sort_unstable();
        Self(pairs)
    }

    fn get(&self, key: u64) -> &[(u64, u32)] {
        if key == 0 {
            return &[];
        }
        let from = self.0.partition_point(|(k, _)| *k < key);
        let run = self.0[from..].iter().take_while(|(k, _)| *k == key).count();
        &self.0[from..from + run]
    }
}

/// A submission and its keys.
pub(crate) type Stated<'a> = (&'a Submission, &'a LinkKeys);

/// One register, indexed for matching. Indexes are into the slice of its households.
pub(crate) struct Index {
    keys: Vec<LinkKeys>,
    village_name: Column,
    village_address: Column,
    commune_name: Column,
    village_initials: Column,
    counts: Counts,
}

/// An index with the households that it was made of.
#[derive(Clone, Copy)]
pub(crate) struct Matcher<'a> {
    index: &'a Index,
    households: &'a [Household],
    /// Where they stand among the households of all registers.
    offset: u32,
}

impl Index {
    pub(crate) fn new(households: &[Household], addresses: &[AddressKey]) -> Self {
        let keys: Vec<LinkKeys> = households
            .par_iter()
            .zip(addresses)
            .map(|(h, address)| LinkKeys {
                address: key(&address.key),
                house: if address.numbered { key(&address.key) } else { 0 },
                street: key(&address.street),
                commune: Some(h.commune),
                ..LinkKeys::of_name(&fold::strong_key(&h.head))
            })
            .collect();
        let column = |of: &(dyn Fn(&Household, &LinkKeys) -> u64 + Sync)| {
            Column::new(households.par_iter().zip(&keys).map(|(h, k)| of(h, k)))
        };
        Self {
            village_name: column(&|h, k| joint(u64::from(h.village), k.name_fold)),
            village_address: column(&|h, k| joint(u64::from(h.village), k.address)),
            commune_name: column(&|h, k| joint(u64::from(h.commune.0), k.name_fold)),
            village_initials: column(&|h, k| joint(u64::from(h.village), k.initials)),
            counts: Counts::new(households, &keys),
            keys,
        }
    }

    /// Matches with the households that the index was made of, which start at `offset` of all households.
    pub(crate) fn of<'a>(&'a self, households: &'a [Household], offset: u32) -> Matcher<'a> {
        Matcher { index: self, households, offset }
    }
}

impl Matcher<'_> {
    /// The best households for a submission, best first; ties by index, i.e. by household id.
    pub(crate) fn best(&self, stated: Stated<'_>) -> Vec<(f32, u32)> {
        let (s, k) = stated;
        let spelt = Spelt::new(&s.head);
        let village = |value: u64| s.village.map_or(0, |v| joint(u64::from(v), value));
        let commune = |value: u64| k.commune.map_or(0, |c| joint(u64::from(c.0), value));
        let none_is_sure =
            |scored: &[(f32, u32)]| scored.first().is_none_or(|(bits, _)| *bits < UPPER_BITS);
        let by_name = self.index.village_name.get(village(k.name_fold));
        let mut scored = self.score(stated, &spelt, by_name, Vec::new());
        if none_is_sure(&scored) {
            let by_address = self.index.village_address.get(village(k.address));
            scored = self.score(stated, &spelt, by_address, scored);
            let by_commune = self.index.commune_name.get(commune(k.name_fold));
            scored = self.score(stated, &spelt, by_commune, scored);
        }
        if none_is_sure(&scored) {
            let by_initials = self.index.village_initials.get(village(k.initials));
            scored = self.score(stated, &spelt, by_initials, scored);
        }
        scored
    }

    /// The link of a draft to a household of all households, with what speaks for it.
    pub(crate) fn link(&self, draft: &Draft, household: u32) -> Link {
        let spelt = Spelt::new(&draft.submission.head);
        let stated = (&draft.submission, &draft.keys);
        Link { household, bits: self.weights(stated, &spelt, household - self.offset).sum() }
    }

    /// What is ruled of a draft and this register, else what the evidence says.
    pub(crate) fn alone(&self, draft: &Draft, ruled: Option<&Line>) -> Match {
        match ruled {
            Some(Line { is: Some(household), .. }) => Match::One(self.link(draft, *household)),
            Some(Line { fits, .. }) if !fits.is_empty() => Match::Several(fits.clone()),
            _ => self.matched(draft, ruled),
        }
    }

    /// What the evidence says of a draft, but for households that were ruled out.
    fn matched(&self, draft: &Draft, ruled: Option<&Line>) -> Match {
        let offset = self.offset;
        let mut best = self.best((&draft.submission, &draft.keys));
        if let Some(line) = ruled {
            best.retain(|(_, at)| !line.is_not.contains(&(offset + at)));
        }
        let Some((bits, at)) = best.first().copied().filter(|(bits, _)| *bits >= LOWER_BITS) else {
            return Match::Outside;
        };
        let rival = best.get(1).is_some_and(|(b, _)| *b > bits - MARGIN_BITS);
        if bits >= UPPER_BITS && !rival {
            return Match::One(Link { household: offset + at, bits });
        }
        let near = best.iter().take_while(|(b, _)| *b > bits - MARGIN_BITS && *b >= LOWER_BITS);
        Match::Several(near.take(8).map(|(_, at)| offset + at).collect())
    }

    fn score(
        &self,
        stated: Stated<'_>,
        spelt: &Spelt<'_>,
        candidates: &[(u64, u32)],
        mut scored: Vec<(f32, u32)>,
    ) -> Vec<(f32, u32)> {
        scored
            .extend(candidates.iter().map(|(_, at)| (self.weights(stated, spelt, *at).sum(), *at)));
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        scored.dedup_by_key(|(_, at)| *at);
        scored
    }
}

/// What a register says of a submission.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Match {
    /// One household.
    One(Link),
    /// Several fit, or one only half: a person decides.
    Several(Vec<u32>),
    /// None.
    Outside,
}

/// Matches every draft against register number `register`.
pub(crate) fn match_register(
    drafts: &[Draft],
    index: Matcher<'_>,
    register: usize,
    rulings: &Rulings,
) -> Vec<Match> {
    let mut matches: Vec<Match> = drafts
        .par_iter()
        .enumerate()
        .map(|(at, draft)| index.alone(draft, rulings.line(register, at as u32)))
        .collect();
    share(drafts, &mut matches, index, register, rulings);
    matches
}

/// Lets rulings about pairs decide over matches that each submission has alone.
///
/// What people decided comes first: a line that a submission is or is not, then submissions that are one household,
/// which share the match of the one that a line was given or else of the most senior that has one, then those that are
/// two, of which the junior lets go.
pub(crate) fn share(
    drafts: &[Draft],
    matches: &mut [Match],
    index: Matcher<'_>,
    register: usize,
    rulings: &Rulings,
) {
    let is_ruled = |at: u32| rulings.line(register, at).is_some_and(|line| line.is.is_some());
    let household = |matches: &[Match], at: u32| match &matches[at as usize] {
        Match::One(link) => Some(link.household),
        _ => None,
    };
    for group in rulings.same() {
        let having = || group.iter().copied().filter(|at| household(matches, *at).is_some());
        let first = senior(drafts, having().filter(|at| is_ruled(*at)));
        let first = first.or_else(|| senior(drafts, having()));
        let Some(shared) = first.and_then(|at| household(matches, at)) else { continue };
        for at in group.iter().filter(|at| !is_ruled(**at)) {
            matches[*at as usize] = Match::One(index.link(&drafts[*at as usize], shared));
        }
    }
    for &(a, b) in rulings.different() {
        let one = household(matches, a).is_some() && household(matches, a) == household(matches, b);
        let free = [a, b].into_iter().filter(|at| !is_ruled(*at));
        let Some(first) = senior(drafts, [a, b]).filter(|_| one) else { continue };
        // Who was given the line by name keeps it.
        if let Some(junior) = { free }.max_by_key(|at| *at != first) {
            matches[junior as usize] = Match::Outside;
        }
    }
}

/// What the register that is the denominator says of submissions matched with it.
pub(crate) struct Noter<'a> {
    pub(crate) households: &'a [Household],
    pub(crate) sexes: &'a [Option<Sex>],
    pub(crate) births: &'a Births,
}

impl Noter<'_> {
    /// Writes the match of a submission into it; its verdict is for the caller to settle.
    pub(crate) fn note(&self, draft: &mut Draft, found: &Match) {
        let s = &mut draft.submission;
        match found {
            Match::One(link) => {
                s.link = Some(*link);
                let h = &self.households[link.household as usize];
                if s.members.is_some_and(|m| m.abs_diff(h.members) > MEMBERS_APART) {
                    let stated = s.members.unwrap_or_default().to_string();
                    s.findings.push(
                        Finding::new(R::H02, Some("members"), &stated).with(h.members.to_string()),
                    );
                }
                let sex = self.sexes[link.household as usize];
                if s.identity.is_some_and(|i| self.births.contradict(i.born, h.birth_year, sex)) {
                    s.findings.push(Finding::new(R::I04, Some("identity"), ""));
                }
                if h.status != ResidenceStatus::Present {
                    s.findings.push(Finding::new(R::R05, None, "").with(h.status.as_str()));
                }
            }
            Match::Several(ids) => {
                let id = |at: &u32| &*self.households[*at as usize].id;
                let ids: Vec<&str> = ids.iter().map(id).collect();
                s.findings.push(Finding::new(R::R02, None, "").with(ids.join("; ")));
            }
            // Without a name or a commune, nobody can say that the household is in no list.
            Match::Outside if draft.keys.name_fold == 0 || draft.keys.commune.is_none() => {}
            Match::Outside => s.findings.push(Finding::new(R::R03, None, "")),
        }
    }
}

/// Writes the matches of the denominator register into the submissions.
pub(crate) fn note_matches(
    drafts: &mut [Draft],
    matches: &[Match],
    noter: &Noter<'_>,
    judge: Judge,
) {
    drafts.par_iter_mut().zip(matches).for_each(|(draft, found)| {
        noter.note(draft, found);
        draft.submission.verdict = judge.settle(&mut draft.submission.findings);
    });
}

/// With what an accepted submission is compared to find repeats.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Compared {
    /// Others of the same household of the register.
    Household(u32),
    /// Others in no register, of one commune and one set of initials: see [`twin::block`].
    Outside(u64),
}

impl Compared {
    /// Of an accepted draft that was matched; `None` of one that says too little.
    pub(crate) fn of(draft: &Draft, villages: &Villages) -> Option<Self> {
        let s = &draft.submission;
        if let Some(link) = s.link {
            return Some(Self::Household(link.household));
        }
        let commune = s.village.map(|v| villages.list[v as usize].commune).or(s.commune);
        twin::block_of_accepted(draft, commune).map(Self::Outside)
    }
}

/// Finds repeats among accepted submissions; drafts must be sorted by id, so that an index is a name.
pub(crate) fn find_duplicates(
    drafts: &mut [Draft],
    villages: &Villages,
    rulings: &Rulings,
    judge: Judge,
) {
    let mut groups: FxHashMap<Compared, Vec<u32>> = FxHashMap::default();
    let accepted = |draft: &Draft| draft.submission.verdict == Verdict::Accepted;
    for (at, draft) in (0..).zip(drafts.iter()).filter(|(_, draft)| accepted(draft)) {
        if let Some(group) = Compared::of(draft, villages) {
            groups.entry(group).or_default().push(at);
        }
    }
    let several = groups.into_iter().filter(|(_, group)| group.len() > 1);
    let mut marks: Vec<Mark> =
        several.flat_map(|(of, group)| repeats_in(drafts, of, group, rulings)).collect();
    let outside = |at: u32| {
        let draft = &drafts[at as usize];
        accepted(draft) && draft.submission.link.is_none()
    };
    join_ruled(drafts, rulings.same(), &outside, &mut marks);
    for mark in marks {
        mark.note(drafts);
        let s = &mut drafts[mark.at as usize].submission;
        s.verdict = judge.settle(&mut s.findings);
        if s.master.is_some() && s.verdict == Verdict::Accepted {
            s.verdict = Verdict::Duplicate;
        }
    }
}

/// What is to be noted of a submission and a more senior one.
pub(crate) struct Mark {
    pub(crate) at: u32,
    of: u32,
    code: R,
    /// Whether it repeats that one; else it may (D04).
    repeats: bool,
}

impl Mark {
    /// Writes it into its submission, whose verdict is for the caller to settle.
    pub(crate) fn note(&self, drafts: &mut [Draft]) {
        let name = drafts[self.of as usize].submission.id.to_string();
        let s = &mut drafts[self.at as usize].submission;
        let finding = Finding::new(self.code, None, "").with(name);
        // A repeat that is sure needs nobody's eyes; that its verdict is `duplicate` says all.
        let severity =
            if self.repeats && self.code == R::D04 { Severity::Info } else { finding.severity };
        s.findings.push(Finding { severity, ..finding });
        if self.repeats {
            s.master = Some(self.of);
        }
    }
}

/// What is to be noted of submissions that are compared with each other.
pub(crate) fn repeats_in(
    drafts: &[Draft],
    of: Compared,
    group: Vec<u32>,
    rulings: &Rulings,
) -> Vec<Mark> {
    match of {
        Compared::Household(_) => repeats_of_master(drafts, group),
        Compared::Outside(_) => repeats_outside(drafts, &group, rulings),
    }
}

/// All but the senior of one household's submissions: the same again (D01), or at another place (D03).
fn repeats_of_master(drafts: &[Draft], mut group: Vec<u32>) -> Vec<Mark> {
    group.sort_by_key(|at| seniority(&drafts[*at as usize].submission));
    let master = group[0];
    let home = drafts[master as usize].submission.point;
    let code = |at: u32| {
        let point = drafts[at as usize].submission.point;
        let apart = home.zip(point).is_some_and(|(a, b)| distance::metres(a, b) > SAME_PLACE_M);
        if apart { R::D03 } else { R::D01 }
    };
    let mut marks = Vec::with_capacity(group.len() - 1);
    for at in &group[1..] {
        let code = code(*at);
        if code == R::D03 {
            marks.push(Mark { at: *at, of: master, code: R::R04, repeats: true });
        }
        marks.push(Mark { at: *at, of: master, code, repeats: true });
    }
    marks
}

/// Repeats among submissions of one name in one commune that are in no register: sure ones and likely ones (D04), and those
/// that give another position (D03).
fn repeats_outside(drafts: &[Draft], group: &[u32], rulings: &Rulings) -> Vec<Mark> {
    let twin = |at: &u32| {
        let Draft { submission, keys } = &drafts[*at as usize];
        Twin::of(*at, submission, keys)
    };
    let repeats = twin::repeats(group.iter().map(twin).collect(), &|a, b| rulings.pair(a, b));
    let code = |apart| if apart { R::D03 } else { R::D04 };
    let mark = |r: Repeat| Mark { at: r.at, of: r.of, code: code(r.apart), repeats: r.sure };
    repeats.into_iter().map(mark).collect()
}

/// Joins submissions in no register (`outside`: accepted and not matched) that a person decided are one household: with all
/// that repeat them, they repeat the most senior of them.
pub(crate) fn join_ruled(
    drafts: &[Draft],
    groups: &[Vec<u32>],
    outside: &dyn Fn(u32) -> bool,
    marks: &mut Vec<Mark>,
) {
    for group in groups {
        let master_of =
            |at: u32| marks.iter().find(|m| m.at == at && m.repeats).map_or(at, |mark| mark.of);
        let masters: Vec<u32> =
            group.iter().copied().filter(|at| outside(*at)).map(master_of).collect();
        let Some(first) = senior(drafts, masters.iter().copied()) else { continue };
        // What a person decided of two is no longer in doubt.
        marks.retain(|m| {
            m.repeats || !(masters.contains(&m.at) && (m.of == first || masters.contains(&m.of)))
        });
        for mark in marks.iter_mut().filter(|m| m.repeats && masters.contains(&m.of)) {
            mark.of = first;
        }
        let mut others: Vec<u32> = masters.into_iter().filter(|at| *at != first).collect();
        others.sort_unstable();
        others.dedup();
        marks.extend(others.into_iter().map(|at| Mark {
            at,
            of: first,
            code: R::D04,
            repeats: true,
        }));
    }
}
