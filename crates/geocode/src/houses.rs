//! The house number and the alley in what names leave over.

use crate::{
    house_key::{AlleyKey, NumberKey, mouth},
    kinds::{KindsAt, Marker},
    tokens::{Column, Tokens},
};

/// House and alley as stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct House {
    pub(crate) number: Option<NumberKey>,
    /// The alleys joined by strokes, folded: `22/5`; empty for none.
    pub(crate) alley: String,
    /// The words read.
    pub(crate) words: u64,
}

impl House {
    pub(crate) fn clear(&mut self) {
        self.number = None;
        self.alley.clear();
        self.words = 0;
    }

    pub(crate) fn alley_key(&self) -> AlleyKey {
        AlleyKey::of(&self.alley)
    }

    /// The house number at which the outermost alley opens.
    pub(crate) fn mouth(&self) -> Option<NumberKey> {
        mouth(&self.alley)
    }

    /// Reads what the names in `used` leave.
    pub(crate) fn read(&mut self, tokens: &Tokens, kinds: &KindsAt, used: u64) {
        self.clear();
        let free = |at: usize| at < tokens.list.len() && used >> at & 1 == 0;
        let mut at = 0;
        while at < tokens.list.len() {
            if !free(at) {
                at += 1;
                continue;
            }
            match kinds[at].map(|kind| (kind.marker, usize::from(kind.to))) {
                Some((Marker::Alley, to))
                    if free(to) && tokens.list[to].segment == tokens.list[at].segment =>
                {
                    self.words |= 1 << at;
                    at = self.alley(tokens, kinds, to, &free);
                }
                Some((Marker::Alley, to)) => at = to,
                Some((Marker::Number, to)) => {
                    (at..to).for_each(|word| self.words |= 1 << word);
                    at = to;
                }
                // The number of a village or commune that is not known.
                Some((Marker::Village(_) | Marker::Commune(_) | Marker::District, to))
                    if free(to) && tokens.list[to].number =>
                {
                    at = to + 1;
                }
                _ if tokens.list[at].number => at = self.house(tokens, at, &free),
                _ => at += 1,
            }
        }
    }

    fn alley(
        &mut self,
        tokens: &Tokens,
        kinds: &KindsAt,
        at: usize,
        free: &dyn Fn(usize) -> bool,
    ) -> usize {
        self.words |= 1 << at;
        let text = tokens.text(at, at + 1);
        if tokens.list[at].number {
            let inner = text.rsplit_once('/').filter(|_| self.number.is_none());
            let alleys =
                match inner.and_then(|(alleys, last)| Some((alleys, NumberKey::read(last)?))) {
                    Some((alleys, number)) => {
                        self.number = Some(number);
                        alleys
                    }
                    None => text,
                };
            self.add_alleys(alleys);
            return at + 1;
        }
        // A named alley runs up to the street or the end of its stretch.
        let larger = |to: usize| {
            kinds[to].is_some_and(|k| !matches!(k.marker, Marker::Hamlet(_) | Marker::Number))
        };
        let ends = |to: usize| {
            !free(to) || tokens.list[to].segment != tokens.list[at].segment || larger(to)
        };
        let to = (at + 1..=tokens.list.len()).find(|to| ends(*to)).unwrap_or(tokens.list.len());
        (at..to).for_each(|word| self.words |= 1 << word);
        self.add_alleys(tokens.text(at, to));
        to
    }

    fn house(&mut self, tokens: &Tokens, at: usize, free: &dyn Fn(usize) -> bool) -> usize {
        let token = &tokens.list[at];
        let text = tokens.text(at, at + 1);
        let alone = token.column == Column::Alley && !text.contains('/');
        if alone {
            self.words |= 1 << at;
            self.add_alleys(text);
            return at + 1;
        }
        if self.number.is_some() {
            if token.column == Column::Alley {
                self.words |= 1 << at;
                self.add_alleys(text);
            }
            return at + 1;
        }
        let (alleys, last) = text.rsplit_once('/').unwrap_or(("", text));
        let Some(mut number) = NumberKey::read(last) else { return at + 1 };
        self.words |= 1 << at;
        self.add_alleys(alleys);
        let mut end = at + 1;
        // `12 B` is `12b`.
        if number.letter().is_none()
            && free(end)
            && tokens.list[end].segment == token.segment
            && let [letter @ b'a'..=b'h'] = tokens.text(end, end + 1).as_bytes()
            && !tokens.list[end].marked
        {
            let mut glued = [0_u8; 8];
            let digits = last.as_bytes();
            if digits.len() < glued.len() {
                glued[..digits.len()].copy_from_slice(digits);
                glued[digits.len()] = *letter;
                let text = std::str::from_utf8(&glued[..=digits.len()]).unwrap_or(last);
                number = NumberKey::read(text).unwrap_or(number);
                self.words |= 1 << end;
                end += 1;
            }
        }
        self.number = Some(number);
        end
    }

    /// Alleys come outermost first; those said twice count once.
    fn add_alleys(&mut self, alleys: &str) {
        if alleys.is_empty() || self.alley.as_str() == alleys {
            return;
        }
        let ends = |long: &str, short: &str| {
            long.strip_suffix(short).is_some_and(|rest| rest.ends_with('/'))
        };
        if ends(&self.alley, alleys) {
            return;
        }
        if self.alley.is_empty() || ends(alleys, &self.alley) {
            self.alley.clear();
        } else {
            self.alley.push('/');
        }
        self.alley.push_str(alleys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kinds::kinds, tokens::MAX_TOKENS};
    use diachiso_text::house;

    /// House and alley, read where the words of `street` are known to be a name.
    fn read(text: &str, street: &str) -> House {
        let (mut tokens, mut at) = (Tokens::default(), [None; MAX_TOKENS]);
        tokens.push(text, Column::Any);
        kinds(&tokens, &mut at);
        let mut name = Tokens::default();
        name.push(street, Column::Any);
        let words = name.list.len();
        let from = (0..tokens.list.len())
            .find(|from| tokens.text(*from, (from + words).min(tokens.list.len())) == name.fold)
            .unwrap_or(0);
        let used = (from..from + words).fold(0, |sum, word| sum | 1 << word);
        let mut house = House::default();
        house.read(&tokens, &at, used);
        house
    }

    #[test]
    fn houses_and_alleys_are_read_as_the_reader_of_cells_reads_them() {
        for number in ["31", "Số 31", "SN 031", "số nhà 12B", "12 B", "31"] {
            for alley in ["", "kiệt 22", "K22", "ngõ 22 ngách 5", "hẻm 22", "kiệt Bà Đội"]
            {
                for line in [
                    format!("{number} {alley} đường Cao Bá Quát"),
                    format!("{number}, {alley}, đường Cao Bá Quát"),
                ] {
                    let slow = house::parse_line(&line);
                    let fast = read(&line, "Cao Bá Quát");
                    let path: Vec<String> =
                        slow.alley.split('/').map(diachiso_text::fold::unaccent_key).collect();
                    let path = path.join("/").replace(' ', "");
                    assert_eq!(fast.alley, path, "{line}");
                    assert_eq!(fast.number, NumberKey::read(&slow.number), "{line}");
                }
            }
        }
        for line in ["22/31 Cao Bá Quát", "K22/31 Cao Bá Quát", "22/5/31 Cao Bá Quát"] {
            let slow = house::parse_line(line);
            let fast = read(line, "Cao Bá Quát");
            assert_eq!((fast.alley, fast.number), (slow.alley, NumberKey::read(&slow.number)));
        }
    }

    #[test]
    fn numbers_of_villages_are_no_houses() {
        assert_eq!(read("Tổ 5 Cao Bá Quát", "Cao Bá Quát").number, None);
        assert_eq!(read("49115 Cao Bá Quát", "Cao Bá Quát").number, None);
    }
}
