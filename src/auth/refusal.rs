//! Why a client token opens nothing.

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    /// There is no such token.
    Unknown,
    /// Its time is over.
    Expired {
        /// It is a user's own, and checking in extends it.
        is_own: bool,
    },
    /// An administrator switched it off.
    Disabled,
    /// Too many wrong ones came from this address.
    TooMany {
        /// Come back after so many seconds.
        retry_after: u64,
    },
    /// Nobody can be asked.
    Unavailable,
}
