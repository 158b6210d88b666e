//! Patterns of LIKE: `%` is any letters, `_` is one, and `\` takes the next as it is.

/// A piece of a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    Any,
    One,
    Letter(char),
}

/// The pieces of a pattern.
pub(crate) fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        pieces.push(match letter {
            '%' if pieces.last() == Some(&Piece::Any) => continue,
            '%' => Piece::Any,
            '_' => Piece::One,
            '\\' => Piece::Letter(letters.next().unwrap_or('\\')),
            letter => Piece::Letter(letter),
        });
    }
    pieces
}

/// Whether a text has the form of a pattern. Goes back to the last `%` alone, so that it costs at most as many steps as
/// the lengths of both multiplied.
pub(crate) fn is_like(text: &str, pieces: &[Piece]) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut piece) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while at < text.len() {
        match pieces.get(piece) {
            Some(Piece::Any) => {
                last = Some((at, piece));
                piece += 1;
            }
            Some(Piece::One) => (at, piece) = (at + 1, piece + 1),
            Some(Piece::Letter(letter)) if *letter == text[at] => (at, piece) = (at + 1, piece + 1),
            _ => {
                let Some((from, any)) = last else { return false };
                last = Some((from + 1, any));
                (at, piece) = (from + 1, any + 1);
            }
        }
    }
    pieces[piece..].iter().all(|piece| *piece == Piece::Any)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By trying everything.
    fn slowly(text: &[char], pieces: &[Piece]) -> bool {
        match (pieces.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some((Piece::Any, rest)), _) => (0..=text.len()).any(|n| slowly(&text[n..], rest)),
            (Some(_), None) => false,
            (Some((Piece::One, rest)), Some((_, tail))) => slowly(tail, rest),
            (Some((Piece::Letter(l), rest)), Some((first, tail))) => {
                l == first && slowly(tail, rest)
            }
        }
    }

    #[test]
    fn patterns_are_read_as_people_write_them() {
        for (text, pattern, expected) in [
            ("Xã Quảng Thái", "Xã%", true),
            ("Xã Quảng Thái", "%Thái", true),
            ("Xã Quảng Thái", "%Quảng%", true),
            ("Xã Quảng Thái", "Quảng%", false),
            ("Xã A", "Xã _", true),
            ("Xã AB", "Xã _", false),
            ("100%", "100\\%", true),
            ("1000", "100\\%", false),
            ("", "%", true),
            ("", "", true),
            ("a", "", false),
        ] {
            assert_eq!(is_like(text, &pieces(pattern)), expected, "{text} like {pattern}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_holds_where_some_way_of_cutting_the_text_does(text in "[ab]{0,8}", pattern in "[ab%_]{0,6}") {
            let letters: Vec<char> = text.chars().collect();
            prop_assert_eq!(is_like(&text, &pieces(&pattern)), slowly(&letters, &pieces(&pattern)));
        }
    }
}
