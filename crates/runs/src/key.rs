//! The key that seals identity numbers. The state rests on it: numbers sealed by one key are strangers to those sealed by
//! another, and without a key a number contradicts nothing (I04). So no state is made with another key than the last.

use diachiso_model::Published;
use diachiso_pipeline::Sealer;
use diachiso_store::SealedWith;

use crate::JobError;

/// What people can do about a key that does not fit.
const HELP: &str = "đặt DIACHISO_IDENTITY_KEY hoặc --identity-key là khoá đã dùng; nếu khoá đã mất hẳn, thêm \
     --identity-key-lost / set DIACHISO_IDENTITY_KEY or --identity-key to the key that was used; if it is lost for good, \
     add --identity-key-lost";

/// The key of a run, if there is one.
#[derive(Clone, Debug, Default)]
pub struct Key {
    sealer: Sealer,
    /// Whether to go on although the key that was used is lost.
    lost: bool,
}

impl From<Sealer> for Key {
    fn from(sealer: Sealer) -> Self {
        Self { sealer, lost: false }
    }
}

impl Key {
    /// The key of 64 hexadecimal digits, or none; `lost` goes on although the key that was used is gone for good.
    ///
    /// # Errors
    /// [`JobError::KeyDigits`] when the digits are none.
    pub fn of(digits: Option<&str>, lost: bool) -> Result<Self, JobError> {
        Ok(Self { sealer: sealer(digits)?, lost })
    }

    /// What seals.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Refuses to go on where the numbers at hand were sealed with another key, unless that one is lost.
    ///
    /// # Errors
    /// [`JobError::Key`] when they were.
    pub fn check(&self, sealed: &SealedWith) -> Result<(), JobError> {
        let fault = match (sealed, self.sealer.fingerprint()) {
            _ if self.lost => return Ok(()),
            (SealedWith::Nothing, _) | (SealedWith::Unknown, Some(_)) => return Ok(()),
            (SealedWith::Key(used), Some(given)) if **used == *given => return Ok(()),
            (_, None) => {
                "số định danh trong kho được băm bằng một khoá mà nay không có, kết quả sẽ khác đi / identity numbers in the \
                 store are sealed with a key that is not given now, and the result would be another"
            }
            (_, Some(_)) => {
                "khoá này không phải khoá đã băm số định danh trong kho, kết quả sẽ khác đi / this is not the key that \
                 identity numbers in the store are sealed with, and the result would be another"
            }
        };
        Err(JobError::Key { fault, help: HELP })
    }

    /// The fingerprint to keep with a state; none where it holds no sealed number, so that no key is asked for later.
    pub(crate) fn kept(&self, state: &Published) -> Option<Box<str>> {
        let used = state.submissions.iter().any(|s| s.identity.is_some());
        self.sealer.fingerprint().filter(|_| used).map(Into::into)
    }
}

/// A sealer from 64 hexadecimal digits.
///
/// # Errors
/// [`JobError::KeyDigits`] when the digits are none.
pub fn sealer(key: Option<&str>) -> Result<Sealer, JobError> {
    let Some(text) = key else { return Ok(Sealer::default()) };
    let hash = blake3::Hash::from_hex(text).map_err(|_| JobError::KeyDigits)?;
    Ok(Sealer::with_key(*hash.as_bytes()))
}
