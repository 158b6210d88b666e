//! Bearer tokens: 256 random bits; the store keeps their hash only.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;

/// Longest text looked at as a token; ours are 43 characters.
pub(crate) const MAX_TOKEN_LEN: usize = 256;

/// A fresh token (43 characters of base64url) and the hash to give to `TokenStore::add_token`.
/// The text is shown once to whom it is for and kept nowhere.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_token() -> Result<(String, [u8; 32]), getrandom::Error> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes)?;
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let hash = hash(&text);
    Ok((text, hash))
}

/// BLAKE3 of a token's text. A plain hash is enough: the text has 256 bits nobody can guess, and
/// looking a hash up tells nothing about the text by its time.
pub(crate) fn hash(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_hash_to_what_the_store_keeps() {
        let (a, hash_a) = new_token().expect("random bytes");
        let (b, hash_b) = new_token().expect("random bytes");
        assert_eq!(a.len(), 43);
        assert_ne!(a, b);
        assert_ne!(hash_a, hash_b);
        assert_eq!(hash(&a), hash_a);
    }
}
