//! The one heading under which the rows of several tables are written.

/// The heading that the rows of all tables go under: of columns with one heading in one table the first, the second and so
/// on are those of the other.
#[derive(Default)]
pub(crate) struct Union(Vec<(String, usize)>);

impl Union {
    /// Where the columns of a heading go.
    pub(crate) fn add(&mut self, heading: &[String]) -> Vec<usize> {
        let nth = |at: usize| heading[..at].iter().filter(|other| **other == heading[at]).count();
        let keys = (0..heading.len()).map(|at| (heading[at].clone(), nth(at)));
        keys.map(|key| {
            self.0.iter().position(|known| *known == key).unwrap_or_else(|| {
                self.0.push(key);
                self.0.len() - 1
            })
        })
        .collect()
    }

    /// The headings, in their order.
    pub(crate) fn headings(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(heading, _)| heading.as_str())
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.0.len()
    }
}
