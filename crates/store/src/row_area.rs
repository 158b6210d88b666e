//! For which area somebody asks for rows about persons.

use diachiso_model::UnitCode;

/// The rows about persons that a store shows: a second wall behind whoever decides what is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RowArea {
    /// All.
    Everything,
    /// Those of some villages; and, of submissions whose village is not known, those of some communes.
    Of {
        /// Villages of the register.
        villages: Vec<UnitCode>,
        /// Communes, by codes of whatever day.
        communes: Vec<UnitCode>,
    },
}

impl RowArea {
    /// The settings of a transaction that say so, as `(rows, villages, communes)`. Codes are letters, digits and
    /// hyphens, so that commas keep them apart.
    pub(crate) fn settings(&self) -> (&'static str, String, String) {
        let joined =
            |codes: &[UnitCode]| codes.iter().map(UnitCode::as_str).collect::<Vec<_>>().join(",");
        match self {
            Self::Everything => ("all", String::new(), String::new()),
            Self::Of { villages, communes } => ("", joined(villages), joined(communes)),
        }
    }
}
