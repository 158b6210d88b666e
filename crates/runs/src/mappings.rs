//! Which columns the new files of a run have, where people say so.

use diachiso_model::SourceKind;
use diachiso_source::MappingFile;

use crate::JobError;

/// Texts of mapping files, one for each kind of file: a key of one kind may mean nothing in the other.
#[derive(Clone, Default, Debug)]
pub struct Mappings {
    /// For files of submissions.
    pub submissions: Option<Box<str>>,
    /// For files of registers, lists of poor households among them.
    pub register: Option<Box<str>>,
}

impl Mappings {
    /// A mapping for files of one kind.
    #[must_use]
    pub fn for_kind(kind: SourceKind, text: Option<Box<str>>) -> Self {
        match kind {
            SourceKind::Submissions => Self { submissions: text, register: None },
            SourceKind::Register => Self { submissions: None, register: text },
        }
    }

    /// The text for files of a kind, to be kept with them.
    pub(crate) fn text(&self, kind: SourceKind) -> Option<&str> {
        match kind {
            SourceKind::Submissions => self.submissions.as_deref(),
            SourceKind::Register => self.register.as_deref(),
        }
    }

    /// What it says of files of a kind.
    pub(crate) fn read(&self, kind: SourceKind) -> Result<MappingFile, JobError> {
        let name = match kind {
            SourceKind::Submissions => "--mapping",
            SourceKind::Register => "--register-mapping",
        };
        mapping_of(name, self.text(kind))
    }
}

/// A mapping of its text; nothing is told by none.
pub(crate) fn mapping_of(name: &str, text: Option<&str>) -> Result<MappingFile, JobError> {
    let mapping = text.unwrap_or_default().parse();
    mapping.map_err(|source| JobError::Mapping { name: name.to_owned(), source })
}
