//! One thing that a rule noticed.

use crate::{RuleCode, Severity};

/// One thing that a rule noticed on a submission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The rule.
    pub code: RuleCode,
    /// What it does to the row.
    pub severity: Severity,
    /// Key of the column it speaks of ([`crate::Field::key`]); `None` for the row as a whole.
    pub field: Option<&'static str>,
    /// The value as it came.
    pub original: Box<str>,
    /// The value put in its place, or a suggestion where nothing was replaced.
    pub replacement: Option<Box<str>>,
}

impl Finding {
    /// A finding at the rule's own severity.
    #[must_use]
    pub fn new(code: RuleCode, field: Option<&'static str>, original: &str) -> Self {
        Self {
            code,
            severity: code.rule().severity,
            field,
            original: original.into(),
            replacement: None,
        }
    }

    /// The same with a replacement or suggestion.
    #[must_use]
    pub fn with(mut self, replacement: impl Into<Box<str>>) -> Self {
        self.replacement = Some(replacement.into());
        self
    }
}
