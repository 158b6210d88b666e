//! Bytes in whatever encoding to chunks of UTF-8.

use crate::SourceError;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1258};
use std::io::Read;

/// Bytes read at a time: large enough that system calls vanish, small enough for the cache.
const CHUNK_BYTES: usize = 128 << 10;

/// A stream of UTF-8 text with a limit on the bytes it may read.
pub(crate) struct TextStream<R> {
    name: String,
    bytes: R,
    left: u64,
    limit: u64,
    encoding: State,
    /// Bytes read and not yet decoded: between chunks, the start of a character whose end is still to come.
    raw: Vec<u8>,
    done: bool,
}

enum State {
    /// Only ASCII so far: the first other byte decides.
    Ascii,
    Utf8,
    Other(encoding_rs::Decoder),
}

impl<R: Read> TextStream<R> {
    /// `bytes` must stand behind a byte-order mark; `encoding` is what that mark or the zero
    /// bytes of UTF-16 said, `None` when the text itself has to tell.
    pub(crate) fn new(
        name: &str,
        bytes: R,
        limit: u64,
        encoding: Option<&'static Encoding>,
    ) -> Self {
        let encoding = match encoding {
            None => State::Ascii,
            Some(encoding) if encoding == UTF_8 => State::Utf8,
            Some(encoding) => State::Other(encoding.new_decoder_without_bom_handling()),
        };
        let name = name.to_owned();
        Self { name, bytes, left: limit, limit, encoding, raw: Vec::new(), done: false }
    }

    /// Replaces `chunk` by the next piece of text; `false` at the end.
    pub(crate) fn next_chunk(&mut self, chunk: &mut String) -> Result<bool, SourceError> {
        chunk.clear();
        while !self.done && chunk.is_empty() {
            let read = (&mut self.bytes)
                .take((CHUNK_BYTES as u64).min(self.left + 1))
                .read_to_end(&mut self.raw)
                .map_err(|source| SourceError::io(&self.name, source))?;
            self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
                SourceError::too_large(&self.name, format!("{} MiB", self.limit >> 20))
            })?;
            self.done = read == 0;
            self.decode(chunk);
        }
        Ok(!chunk.is_empty())
    }

    /// Adds the text of the bytes read to `chunk`; those of a character whose end is still to come stay.
    fn decode(&mut self, chunk: &mut String) {
        let raw = &mut self.raw;
        if matches!(self.encoding, State::Ascii) && !raw.is_ascii() {
            let encoding = guess(raw);
            self.encoding = if encoding == UTF_8 {
                State::Utf8
            } else {
                State::Other(encoding.new_decoder_without_bom_handling())
            };
        }
        if let State::Other(decoder) = &mut self.encoding {
            let room = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len() * 3 + 16);
            chunk.reserve(room);
            // The buffer holds the worst case, so one call takes everything.
            let _ = decoder.decode_to_string(raw, chunk, self.done);
            raw.clear();
            return;
        }
        let whole = if self.done { raw.len() } else { raw.len() - unfinished(raw) };
        // Vietnamese is dense with long characters, at which the standard library looks one by one.
        match simdutf8::basic::from_utf8(&raw[..whole]) {
            Ok(text) => chunk.push_str(text),
            Err(_) => chunk.push_str(&String::from_utf8_lossy(&raw[..whole])),
        }
        raw.drain(..whole);
    }
}

/// How many bytes at the end begin a character without finishing it: 0 to 3.
fn unfinished(raw: &[u8]) -> usize {
    for back in 1..=raw.len().min(3) {
        let byte = raw[raw.len() - back];
        let wants = match byte {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            0x80..=0xBF => continue,
            _ => 1,
        };
        return if wants > back { back } else { 0 };
    }
    0
}

/// UTF-16 without a mark shows in its zero bytes: nearly every other byte of Vietnamese text.
pub(crate) fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    if pairs < 4 {
        return None;
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match (even * 2 > pairs, odd * 2 > pairs) {
        (false, true) if even == 0 => Some(UTF_16LE),
        (true, false) if odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding of text that holds at least one byte beyond ASCII.
///
/// UTF-8 when well-formed characters outnumber stray bytes (one broken cell must not spoil a
/// file). Else a Vietnamese single-byte encoding: windows-1258, in which tone marks follow
/// their vowel, unless the bytes look like TCVN3 or VNI, which are fonts over windows-1252 and
/// are told apart cell by cell later (rule F05).
pub(crate) fn guess(raw: &[u8]) -> &'static Encoding {
    let raw = &raw[..raw.len() - unfinished(raw)];
    let (mut formed, mut stray) = (0_usize, 0_usize);
    for piece in raw.utf8_chunks() {
        formed += piece.valid().chars().filter(|c| !c.is_ascii()).count();
        stray += piece.invalid().len();
    }
    if formed > stray || stray == 0 {
        return UTF_8;
    }
    let is_1258_vowel = |b: u8| {
        matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
            || matches!(b, 0xC2 | 0xC3 | 0xCA | 0xD4 | 0xD5 | 0xDD)
            || matches!(b, 0xE2 | 0xE3 | 0xEA | 0xF4 | 0xF5 | 0xFD)
    };
    let (mut marks, mut foreign) = (0_usize, 0_usize);
    for pair in raw.windows(2) {
        match pair[1] {
            // Grave, hook, tilde, acute, dot below of windows-1258.
            0xCC | 0xD2 | 0xDE | 0xEC | 0xF2 if is_1258_vowel(pair[0]) => marks += 1,
            // ă â ê ô ơ ư đ and the forms of a in TCVN3: signs in windows-1258.
            0xA8..=0xAE | 0xB5..=0xBE => foreign += 1,
            // Tone letters of VNI after their vowel.
            0xD8 | 0xD9 | 0xDB | 0xCF | 0xF8 | 0xF9 | 0xFB | 0xEF
                if pair[0].is_ascii_alphabetic() =>
            {
                foreign += 1;
            }
            _ => {}
        }
    }
    if foreign > marks { WINDOWS_1252 } else { WINDOWS_1258 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "Họ và tên,Võ Thị Lài,Nguyễn Hữu Đức,ưỡn,Thủy,Thúy,phường Phú Hậu\n";

    #[track_caller]
    fn check(bytes: &[u8], encoding: Option<&'static Encoding>, expected: &str) {
        let mut stream = TextStream::new("t.csv", bytes, 1 << 20, encoding);
        let (mut all, mut chunk) = (String::new(), String::new());
        while stream.next_chunk(&mut chunk).expect("reads") {
            all.push_str(&chunk);
        }
        assert_eq!(all, expected);
    }

    #[test]
    fn utf8_passes_through_whatever_the_chunk_borders_cut() {
        let long = SAMPLE.repeat(8_000);
        assert!(long.len() > 4 * CHUNK_BYTES);
        for shift in 0..3 {
            let text = format!("{}{long}", "x".repeat(shift));
            check(text.as_bytes(), None, &text);
        }
    }

    #[test]
    fn ascii_turns_into_utf8_or_1258_where_the_first_other_byte_says_so() {
        let ascii = "plain,ascii\n".repeat(20_000);
        check(format!("{ascii}Hữu").as_bytes(), None, &format!("{ascii}Hữu"));
        let mut bytes = ascii.clone().into_bytes();
        bytes.extend(b"L\xEA Th\xEA\xF2, V\xF5 H\xFD\xDEu");
        check(&bytes, None, &format!("{ascii}Lê Thê\u{323}, Vơ Hư\u{303}u"));
    }

    #[test]
    fn one_broken_byte_does_not_spoil_a_utf8_file() {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        bytes.extend(b"x\xFFy");
        check(&bytes, None, &format!("{SAMPLE}x\u{FFFD}y"));
    }

    #[test]
    fn tcvn3_and_vni_come_out_as_windows_1252_for_the_converter() {
        // "Nguyễn Văn Đức" in TCVN3 and "Nguyễn Thị Thủy" in VNI, as bytes.
        assert_eq!(guess(b"Nguy\xD4n V\xA8n \xA7\xF8c, x\xB7 \xAE\xA6"), WINDOWS_1252);
        assert_eq!(
            guess(b"Nguy\x65\xF5\xE3n Th\xF2 Thu\xFBy, Va\xF9n, xa\xF5, toa\xF8"),
            WINDOWS_1252
        );
    }

    #[test]
    fn utf16_is_read_with_and_without_a_mark() {
        let le: Vec<u8> = SAMPLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = SAMPLE.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(utf16_without_mark(&le), Some(UTF_16LE));
        assert_eq!(utf16_without_mark(&be), Some(UTF_16BE));
        assert_eq!(utf16_without_mark(SAMPLE.as_bytes()), None);
        check(&le, Some(UTF_16LE), SAMPLE);
        check(&be, Some(UTF_16BE), SAMPLE);
    }

    #[test]
    fn one_byte_over_the_limit_is_refused() {
        let mut stream = TextStream::new("t.csv", &[b'a'; 11][..], 10, None);
        assert!(matches!(stream.next_chunk(&mut String::new()), Err(SourceError::TooLarge { .. })));
        let mut stream = TextStream::new("t.csv", &[b'a'; 10][..], 10, None);
        assert!(stream.next_chunk(&mut String::new()).expect("reads"));
    }
}
