//! The table that a benchmark prints.

use std::{fmt, time::Duration};

/// A table in Markdown, so that what was measured goes into the README as it is; the first column to the left, the
/// others, which are numbers, to the right.
#[derive(Clone, Debug)]
pub struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        Self { lines: vec![headings.iter().map(|&h| h.to_owned()).collect()] }
    }

    /// Adds a line; cells beyond the headings are not shown.
    pub fn push<const N: usize>(&mut self, cells: [String; N]) {
        self.lines.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
        };
        let widths: Vec<usize> = (0..self.lines[0].len()).map(width).collect();
        for (at, line) in self.lines.iter().enumerate() {
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(f, "| {cell:width$} ")?;
                } else {
                    write!(f, "| {cell:>width$} ")?;
                }
            }
            writeln!(f, "|")?;
            if at == 0 {
                write!(f, "|{:-<1$}", "", widths[0] + 2)?;
                widths[1..].iter().try_for_each(|width| write!(f, "|{:-<1$}:", "", width + 1))?;
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

/// A whole number in groups of three: 1,234,567.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Things a second, to three digits: more would be noise.
#[must_use]
pub fn rate(things: u64, took: Duration) -> String {
    let exact = things as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE);
    let step = 10_f64.powf(exact.max(1.0).log10().floor() - 2.0).max(1.0);
    count(((exact / step).round() * step) as u64)
}

/// Seconds, to the millisecond.
#[must_use]
pub fn seconds(took: Duration) -> String {
    format!("{:.3}", took.as_secs_f64())
}

/// How many times `a` is of `b`.
#[must_use]
pub fn ratio(a: f64, b: f64) -> String {
    let times = a / b;
    if times < 9.995 { format!("{times:.2}") } else { format!("{times:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_letters_not_bytes() {
        let mut table = Table::new(&["what", "rows"]);
        table.push(["đọc".into(), "7".into()]);
        table.push(["write".into(), "12,345".into()]);
        let expected =
            "| what  |   rows |\n|-------|-------:|\n| đọc   |      7 |\n| write | 12,345 |\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn numbers_are_grouped_and_rates_rounded_to_three_digits() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(rate(1_234_567, Duration::from_secs(1)), "1,230,000");
        assert_eq!(rate(7, Duration::from_secs(1)), "7");
        assert_eq!(ratio(3.0, 2.0), "1.50");
        assert_eq!([ratio(19.996, 2.0), ratio(30.0, 2.0)], ["10.0", "15.0"]);
    }
}
