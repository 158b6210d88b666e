//! Bytes of a try as the text of a cell.

/// The bytes as text: UTF-8 where they are, and each stray byte as the character of its number,
/// which is how Vietnamese in old fonts arrives.
#[must_use]
pub fn text(data: &[u8]) -> String {
    let mut text = String::with_capacity(data.len());
    for piece in data.utf8_chunks() {
        text.push_str(piece.valid());
        text.extend(piece.invalid().iter().map(|byte| char::from(*byte)));
    }
    text
}

/// Fails when a function, used on its own result, changes it.
///
/// # Panics
/// When it does.
#[track_caller]
pub fn settles(what: &str, input: &str, treat: impl Fn(&str) -> String) {
    let once = treat(input);
    let twice = treat(&once);
    assert_eq!(once, twice, "{what} of {input:?} does not settle");
}

/// Fails when an output is longer than `times` the input and a little.
///
/// # Panics
/// When it is.
#[track_caller]
pub fn stays_in_proportion(what: &str, input: &str, output: &str, times: usize) {
    let most = input.len() * times + 64;
    assert!(output.len() <= most, "{what} makes {} bytes of {}", output.len(), input.len());
}
