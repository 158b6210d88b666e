//! Households by the rows that speak of them, and what they count to by village.

use diachiso_model::{FieldState, Household, Tally};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{chains::Chains, rows::Rows};
use crate::{link::Match, register::Registers, tally};

/// Who speaks of which household, and counts by village.
pub(super) struct Counts {
    /// Households of all registers by village.
    of_village: Vec<Vec<u32>>,
    registers: Vec<OfRegister>,
}

#[derive(Default)]
struct OfRegister {
    /// Rows by the household that they were matched to.
    one: Chains,
    /// Rows that several households fit, by each of these.
    several: FxHashMap<u32, Vec<u32>>,
    /// Accepted rows of no household, by village.
    outside: Chains,
    tallies: Vec<Tally>,
}

impl Counts {
    pub(super) fn new(registers: &Registers, sources: usize) -> Self {
        let villages = registers.villages.list.len();
        let mut of_village = vec![Vec::new(); villages];
        for (at, household) in (0..).zip(&registers.households) {
            of_village[household.village as usize].push(at);
        }
        let empty =
            || OfRegister { tallies: vec![Tally::default(); villages], ..OfRegister::default() };
        Self { of_village, registers: (0..sources).map(|_| empty()).collect() }
    }

    /// Counts by village, register by register.
    pub(super) fn tallies(&self) -> impl Iterator<Item = &[Tally]> {
        self.registers.iter().map(|register| register.tallies.as_slice())
    }

    /// Households of a village.
    pub(super) fn households(&self, village: u32) -> &[u32] {
        &self.of_village[village as usize]
    }

    /// Takes note of another match of a row.
    pub(super) fn set_match(
        &mut self,
        register: usize,
        at: u32,
        (old, new): (&Match, &Match),
        touched: &mut FxHashSet<u32>,
    ) {
        let own = &mut self.registers[register];
        if let Match::Several(fitting) = old {
            for household in fitting {
                if let Some(rows) = own.several.get_mut(household) {
                    rows.retain(|row| *row != at);
                    if rows.is_empty() {
                        own.several.remove(household);
                    }
                }
            }
            touched.extend(fitting);
        }
        if let Match::Several(fitting) = new {
            for household in fitting {
                own.several.entry(*household).or_default().push(at);
            }
            touched.extend(fitting);
        }
        let one = |found: &Match| match found {
            Match::One(link) => Some(link.household),
            Match::Several(_) | Match::Outside => None,
        };
        own.one.set(at, one(new).map(u64::from));
        touched.extend([one(old), one(new)].into_iter().flatten());
    }

    /// Takes note that a row counts as outside the list in another village, or in none; returns the villages touched.
    pub(super) fn set_outside(
        &mut self,
        register: usize,
        at: u32,
        village: Option<u32>,
    ) -> impl Iterator<Item = u32> {
        let new = village.map(u64::from);
        let old = self.registers[register].outside.set(at, new);
        let changed = if old == new { [None, None] } else { [old, new] };
        changed.into_iter().flatten().map(|village| village as u32)
    }

    /// Gives a household its state anew.
    pub(super) fn state(
        &self,
        household: &mut Household,
        at: u32,
        (rows, matches): (&Rows, &[Match]),
        found: FieldState,
    ) {
        let own = &self.registers[household.register as usize];
        let several = own.several.get(&at).into_iter().flatten().copied();
        let mut speaking: Vec<u32> = own
            .one
            .rows(u64::from(at))
            .chain(several)
            .filter(|row| {
                let s = &rows.drafts[*row as usize].submission;
                tally::spoken_of(s, &matches[*row as usize]).contains(&at)
            })
            .collect();
        let submission = |row: u32| &rows.drafts[row as usize].submission;
        speaking.sort_unstable_by_key(|row| submission(*row).id);
        let speaking = speaking.into_iter().map(|row| (row, submission(row)));
        tally::state_anew(household, speaking, found);
    }

    /// Counts a village anew.
    pub(super) fn count(&mut self, village: u32, households: &[Household], rows: &Rows) {
        let at = village as usize;
        for register in &mut self.registers {
            let outside_list = register.outside.rows(u64::from(village)).count() as u64;
            register.tallies[at] = Tally { outside_list, ..Tally::default() };
        }
        for household in &self.of_village[at] {
            let h = &households[*household as usize];
            let class = h.submission.and_then(|row| rows.drafts[row as usize].submission.precision);
            tally::count_of(&mut self.registers[h.register as usize].tallies[at], h, class);
        }
    }
}
