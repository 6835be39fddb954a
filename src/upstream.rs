//! One request with one leased key, or the next key on failure.
//!
//! [`forward`] is the loop over keys; [`attempt`] sends once and waits for the first byte;
//! [`relay`] passes the rest on; [`inspect`] reads along to know what it was.

pub mod attempt;
pub mod catalogue;
pub mod client;
mod exhausted;
mod failover;
pub mod forward;
pub mod guard;
pub mod headers;
pub mod identity;
pub mod inspect;
pub mod plan;
pub mod probe;
pub mod read;
pub mod redact;
pub mod relay;
pub mod said;
mod served;
pub mod tally;
