//! Counts per unit.

use std::ops::AddAssign;

use crate::{Date, HouseholdState, PovertyClass, PrecisionClass, UnitCode};

/// Counts over register households; numerator and denominator always travel together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Households by state, indexed by [`HouseholdState`].
    pub states: [u64; 12],
    /// Accepted submissions in no register.
    pub outside_list: u64,
    /// Persons in the denominator.
    pub persons: u64,
    /// Persons in covered households.
    pub persons_covered: u64,
    /// Poor households in the denominator.
    pub poor: u64,
    /// Poor households covered.
    pub poor_covered: u64,
    /// Near-poor households in the denominator.
    pub near_poor: u64,
    /// Near-poor households covered.
    pub near_poor_covered: u64,
    /// Covered households by precision class, indexed by [`PrecisionClass`].
    pub by_class: [u64; 5],
}

impl Tally {
    /// Counts one register household.
    pub fn count(
        &mut self,
        state: HouseholdState,
        members: u16,
        poverty: PovertyClass,
        class: Option<PrecisionClass>,
    ) {
        self.states[state as usize] += 1;
        if !state.in_denominator() {
            return;
        }
        let covered = u64::from(state == HouseholdState::Covered);
        self.persons += u64::from(members);
        self.persons_covered += covered * u64::from(members);
        match poverty {
            PovertyClass::Poor => {
                self.poor += 1;
                self.poor_covered += covered;
            }
            PovertyClass::NearPoor => {
                self.near_poor += 1;
                self.near_poor_covered += covered;
            }
            PovertyClass::None => {}
        }
        if let (1, Some(class)) = (covered, class) {
            self.by_class[class as usize] += 1;
        }
    }

    /// Households of one state.
    #[must_use]
    pub fn state(&self, state: HouseholdState) -> u64 {
        self.states[state as usize]
    }

    /// The numerator: covered households.
    #[must_use]
    pub fn covered(&self) -> u64 {
        self.state(HouseholdState::Covered)
    }

    /// The denominator: households that ought to be covered.
    #[must_use]
    pub fn households(&self) -> u64 {
        HouseholdState::ALL.into_iter().filter(|s| s.in_denominator()).map(|s| self.state(s)).sum()
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        let add = |a: &mut [u64], b: &[u64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.states, &other.states);
        add(&mut self.by_class, &other.by_class);
        self.outside_list += other.outside_list;
        self.persons += other.persons;
        self.persons_covered += other.persons_covered;
        self.poor += other.poor;
        self.poor_covered += other.poor_covered;
        self.near_poor += other.near_poor;
        self.near_poor_covered += other.near_poor_covered;
    }
}

/// The tally of one unit in one period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitTally {
    /// The unit's code in that period (provinces, districts, communes and villages).
    pub code: UnitCode,
    /// Full name: "Xã Quảng Thái".
    pub name: Box<str>,
    /// Code of the unit above in that period.
    pub parent: Option<UnitCode>,
    /// First day of the period between reforms for which the roll-up is made.
    pub period: Date,
    /// Index into [`crate::Published::registers`]: the source of the denominator.
    pub register: u32,
    /// The counts.
    pub tally: Tally,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_outside_the_denominator_count_for_nothing_else() {
        let mut t = Tally::default();
        t.count(HouseholdState::Covered, 4, PovertyClass::Poor, Some(PrecisionClass::A));
        t.count(HouseholdState::None, 3, PovertyClass::Poor, None);
        t.count(HouseholdState::Moved, 9, PovertyClass::Poor, None);
        assert_eq!((t.covered(), t.households(), t.persons, t.persons_covered), (1, 2, 7, 4));
        assert_eq!((t.poor, t.poor_covered, t.by_class[0]), (2, 1, 1));
        let mut sum = t;
        sum += &t;
        assert_eq!((sum.households(), sum.state(HouseholdState::Moved)), (4, 2));
    }
}
