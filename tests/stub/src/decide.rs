//! Deciding about each request by a function, where a script by key does not do.

use crate::{call::Call, reply::Reply};

/// Decides what the stub does; see [`Stub::deciding`](crate::Stub::deciding). It is asked on the
/// stub's thread, so it must be quick.
pub trait Decide: Send + Sync + 'static {
    /// Whether a new connection is accepted; otherwise it is reset at once, before a byte.
    fn accepts(&self) -> bool {
        true
    }

    /// The reply to a request, call or probe.
    fn reply(&self, call: &Call) -> Reply;
}
