//! XML parts of workbooks, walked before their reader is let in.
//!
//! The readers keep a text, a tag or a cell as a whole before anybody can say that it is too
//! long, and a packed part of a megabyte can hold one of a gigabyte. Walking keeps nothing but
//! the tag under way.

use crate::zip_directory::{Entry, local_header};
use flate2::bufread::DeflateDecoder;
use std::io::{BufRead, BufReader, Read};

/// Most that tags are nested: spreadsheets nest some ten.
const MAX_DEPTH: usize = 256;

/// Longest tag: 64 KiB.
const MAX_TAG_BYTES: u64 = 64 << 10;

/// Most XML of one cell or shared text, its tags included: 1 MiB, eight times what a spreadsheet
/// lets a cell hold when every character is written as three bytes.
pub(crate) const MAX_CELL_XML_BYTES: u64 = 1 << 20;

/// Why a part is not for the reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PartFault {
    /// Tags are left open, numbers contradict the rest, or the part cannot be unpacked.
    Broken,
    /// More cells than there is room for.
    TooManyCells,
    /// More text than there is room for.
    TooMuchText,
}

/// What XML is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    Text,
    Tag,
}

/// What looks at the tags of a part.
pub(crate) trait Look {
    /// A tag that begins an element; one that also ends it is `alone`, and is ended right after.
    fn begin(&mut self, name: &[u8], attributes: &[u8], alone: bool) -> Result<(), PartFault>;

    /// The end of an element.
    fn end(&mut self, name: &[u8]) -> Result<(), PartFault>;

    /// Bytes walked over: those of text, or of a tag before it is shown.
    fn pass(&mut self, bytes: u64, kind: Piece) -> Result<(), PartFault>;
}

/// The unpacked bytes of a part, at most as many as its directory promises.
pub(crate) fn open<'a>(
    archive: &'a [u8],
    entry: &Entry<'_>,
) -> Result<Box<dyn BufRead + 'a>, PartFault> {
    let header = local_header(archive, entry).map_err(|_| PartFault::Broken)?;
    let packed = archive.get(header.start..).ok_or(PartFault::Broken)?;
    let packed = &packed[..packed.len().min(entry.packed_bytes as usize)];
    match header.method {
        0 => Ok(Box::new(packed)),
        // What unpacks to more than it says ends too early here, and in its reader too.
        8 => Ok(Box::new(BufReader::new(DeflateDecoder::new(packed)).take(entry.unpacked_bytes))),
        _ => Err(PartFault::Broken),
    }
}

/// Walks over the XML; its tags must be closed in order.
pub(crate) fn walk(mut xml: impl BufRead, look: &mut impl Look) -> Result<(), PartFault> {
    let (mut open, mut tag): (Vec<Vec<u8>>, Vec<u8>) = (Vec::new(), Vec::new());
    loop {
        let text = xml.skip_until(b'<').map_err(|_| PartFault::Broken)?;
        look.pass(text as u64, Piece::Text)?;
        if text == 0 || !read_tag(&mut xml, &mut tag)? {
            break;
        }
        look.pass(tag.len() as u64, Piece::Tag)?;
        let Some(inside) = tag.strip_suffix(b">") else { return Err(PartFault::Broken) };
        if inside.starts_with(b"!") || inside.starts_with(b"?") {
            continue;
        }
        if let Some(name) = inside.strip_prefix(b"/") {
            let opened = open.pop().ok_or(PartFault::Broken)?;
            if opened != name.trim_ascii() {
                return Err(PartFault::Broken);
            }
            look.end(&opened)?;
            continue;
        }
        let (inside, alone) = inside.strip_suffix(b"/").map_or((inside, false), |i| (i, true));
        let end = inside.iter().position(u8::is_ascii_whitespace).unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(end);
        look.begin(name, attributes, alone)?;
        if alone {
            look.end(name)?;
        } else if open.len() == MAX_DEPTH {
            return Err(PartFault::Broken);
        } else {
            open.push(name.to_vec());
        }
    }
    if open.is_empty() { Ok(()) } else { Err(PartFault::Broken) }
}

/// Reads behind a `<` up to the `>` that ends the tag, comment or section; `false` at the end.
fn read_tag(xml: &mut impl BufRead, tag: &mut Vec<u8>) -> Result<bool, PartFault> {
    tag.clear();
    let mut whole = false;
    while !whole {
        let before = tag.len();
        let left = MAX_TAG_BYTES.saturating_sub(before as u64);
        let read = xml.take(left).read_until(b'>', tag).map_err(|_| PartFault::Broken)?;
        if read == 0 {
            return if before == 0 { Ok(false) } else { Err(PartFault::Broken) };
        }
        whole = match tag.as_slice() {
            [b'!', b'-', b'-', text @ ..] => text.len() > 2 && text.ends_with(b"-->"),
            [b'!', b'[', ..] => tag.ends_with(b"]]>"),
            [b'?', ..] => tag.ends_with(b"?>"),
            [b'!', ..] => true,
            _ => tag.ends_with(b">") && !in_quotes(tag),
        };
    }
    Ok(true)
}

fn in_quotes(tag: &[u8]) -> bool {
    let step = |open: Option<u8>, byte: &u8| match (open, *byte) {
        (None, b'"' | b'\'') => Some(*byte),
        (Some(quote), byte) if quote == byte => None,
        _ => open,
    };
    tag.iter().fold(None, step).is_some()
}

/// The digits with which the value of an attribute begins; `None` where it is not there.
pub(crate) fn number<'a>(attributes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = find(attributes, name)?;
    let value = attributes[at + name.len()..].trim_ascii_start();
    let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii_start();
    let value = value.get(1..).unwrap_or_default();
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    Some(&value[..digits])
}

pub(crate) fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl Look for Nothing {
        fn begin(&mut self, _: &[u8], _: &[u8], _: bool) -> Result<(), PartFault> {
            Ok(())
        }

        fn end(&mut self, _: &[u8]) -> Result<(), PartFault> {
            Ok(())
        }

        fn pass(&mut self, _: u64, _: Piece) -> Result<(), PartFault> {
            Ok(())
        }
    }

    #[track_caller]
    fn check(xml: &str, expected: Result<(), PartFault>) {
        assert_eq!(walk(xml.as_bytes(), &mut Nothing), expected, "{xml}");
    }

    #[test]
    fn tags_must_be_closed_in_order() {
        for xml in [
            "<?xml version=\"1.0\"?><a><b/><c x=\">\">t</c ></a>\n",
            "<a><!-- <b> --><![CDATA[<c>]]></a>",
            "<!DOCTYPE a><a></a>",
        ] {
            check(xml, Ok(()));
        }
        for xml in ["<a>", "<a><b></a></b>", "</a>", "<a", "<a><!-- </a>", "<a x=\"></a>"] {
            check(xml, Err(PartFault::Broken));
        }
        check(&"<a>".repeat(300), Err(PartFault::Broken));
        check(&format!("<{}/>", "a".repeat(70_000)), Err(PartFault::Broken));
    }

    #[test]
    fn numbers_are_found_however_they_are_quoted() {
        for text in [" a=\"12\"", " a = '12' b=\"3\"", " x=\"1\" a=\"12.5\""] {
            assert_eq!(number(text.as_bytes(), b"a"), Some(&b"12"[..]), "{text}");
        }
        assert_eq!(number(b" a=\"x\"", b"a"), Some(&b""[..]));
        assert_eq!(number(b" b=\"1\"", b"a"), None);
    }
}
