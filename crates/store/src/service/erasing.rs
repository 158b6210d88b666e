//! What the service remembers of submissions that were erased.

use std::collections::HashSet;

use async_trait::async_trait;

use super::ServiceError;

/// Digits of the id of a submission.
const ID_DIGITS: usize = 32;

/// Forgets.
#[async_trait]
pub trait EraseStore {
    /// Strikes out of orders that were carried out what they say of submissions, told by their ids, and leaves nothing of what
    /// was deleted in the space that it took. Answers with how many orders that were.
    async fn forget(&self, erased: &[String]) -> Result<u64, ServiceError>;
}

/// The orders whose bodies name one of these submissions.
pub(super) fn naming(orders: &[(i64, String)], erased: &[String]) -> Vec<i64> {
    let erased: HashSet<&str> = erased.iter().map(String::as_str).collect();
    let names = |body: &str| {
        let mut words = body.split(|c: char| !c.is_ascii_hexdigit());
        words.any(|word| word.len() == ID_DIGITS && erased.contains(word))
    };
    orders.iter().filter(|(_, body)| names(body)).map(|(id, _)| *id).collect()
}
