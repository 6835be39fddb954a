//! Bytes that carry what they are charged, and what callers are told when there is no memory.

use bytes::Bytes;

use super::{Bodies, Charge, Full, Owner};
use crate::error::{ApiError, ErrorCode};

/// Bytes, and what they are charged.
struct Charged<T> {
    bytes: T,
    _charge: Charge,
}

impl<T: AsRef<[u8]>> AsRef<[u8]> for Charged<T> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

impl Charge {
    /// Bytes that give this charge back with their memory, which the last of their clones has.
    pub fn into_bytes(self, bytes: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        Bytes::from_owner(Charged { bytes, _charge: self })
    }

    /// The answer to a body for which there is no memory.
    pub fn refused(&self, full: Full) -> ApiError {
        let error = match (full, &self.owner) {
            (Full::Share, Owner::Token(_)) => ApiError::new(
                ErrorCode::TokenBodies,
                "requests of the client token have as many bytes under way as one token may",
            ),
            (Full::Share, _) => ApiError::new(
                ErrorCode::RateLimited,
                "requests of this caller have as many bytes under way as one caller may",
            ),
            (Full::Budget, _) => ApiError::new(
                ErrorCode::BodiesFull,
                "the requests under way take all memory that there is for bodies",
            ),
        };
        error.retry_after(1)
    }
}

impl Bodies {
    /// The bytes that `make` makes, at most so many, as a body of this owner.
    ///
    /// # Errors
    /// 429 or 503 when there is no memory for them.
    pub fn take(
        &self,
        owner: Owner,
        most: usize,
        make: impl FnOnce() -> Bytes,
    ) -> Result<Bytes, ApiError> {
        let mut charge = self.charge(owner);
        charge.grow_to(most).map_err(|full| charge.refused(full))?;
        Ok(charge.into_bytes(make()))
    }
}
