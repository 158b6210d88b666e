//! Names that Excel accepts for sheets.

use std::collections::HashSet;

/// Characters that a sheet's name may have.
const MAX_CHARS: usize = 31;

/// Hands out sheet names, each once.
#[derive(Default)]
pub(crate) struct SheetNames {
    /// In lower case: Excel takes `A` and `a` for one.
    taken: HashSet<String>,
}

impl SheetNames {
    /// The text without what Excel forbids in a sheet's name, at most 31 characters, numbered
    /// where it was handed out before.
    pub(crate) fn unique(&mut self, text: &str) -> String {
        let allowed = |c: char| {
            if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') || c.is_control() {
                ' '
            } else {
                c
            }
        };
        let clean: String = text.chars().map(allowed).collect();
        let words: Vec<&str> = clean.split_whitespace().collect();
        let mut clean = words.join(" ");
        // Excel keeps the name History for itself and forbids an apostrophe at either end.
        clean = clean.trim_matches('\'').trim().to_owned();
        if clean.is_empty() || clean.eq_ignore_ascii_case("history") {
            "Không rõ".clone_into(&mut clean);
        }
        for number in 1.. {
            let suffix = if number == 1 { String::new() } else { format!(" ({number})") };
            let room = MAX_CHARS - suffix.chars().count();
            // Excel counts UTF-16 units; Vietnamese letters are one each once composed.
            let mut name = String::new();
            let mut units = 0;
            for letter in clean.chars() {
                units += letter.len_utf16();
                if units > room {
                    break;
                }
                name.push(letter);
            }
            let name = format!("{}{suffix}", name.trim_end_matches(['\'', ' ']));
            if self.taken.insert(name.to_lowercase()) {
                return name;
            }
        }
        unreachable!("some number is free")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_clean_and_unique_whatever_the_case() {
        let mut names = SheetNames::default();
        let mut check = |text: &str, expected: &str| assert_eq!(names.unique(text), expected);
        check("Phước Lập", "Phước Lập");
        check("PHƯỚC LẬP", "PHƯỚC LẬP (2)");
        check("Phước Lập", "Phước Lập (3)");
        check("Thôn 1/2 [cũ]: a*b?\\", "Thôn 1 2 cũ a b");
        check("", "Không rõ");
        check("'History'", "Không rõ (2)");
        check(&"ế".repeat(40), &"ế".repeat(31));
        check(&"ế".repeat(40), &format!("{} (2)", "ế".repeat(27)));
        check(&"😀".repeat(40), &"😀".repeat(15));
    }
}
