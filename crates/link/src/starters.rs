//! Models that come along, as the text of their files.

/// Persons with name, address, date of birth and number: the columns of the FEBRL sets.
pub const PERSONS_TOML: &str = include_str!("../models/persons.toml");

/// Households of Huế: head, phone, address, village, position; the columns of the submission template.
pub const HOUSEHOLDS_TOML: &str = include_str!("../models/households.toml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Model;

    #[test]
    fn models_that_come_along_are_read_and_written_back() {
        for text in [PERSONS_TOML, HOUSEHOLDS_TOML] {
            let model = Model::parse(text).expect("a model");
            let mut changed = model.clone();
            changed.prior.pairs_per_record = 0.25;
            changed.comparisons[0].levels[0].m = Some(0.5);
            let written = changed.write_into(text).expect("a file");
            assert_eq!(Model::parse(&written).expect("a model"), changed);
        }
    }
}
