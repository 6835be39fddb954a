//! The administrators' API. Every handler begins with [`Administrator`](super::extract).

pub mod events;
pub mod jobs;
pub mod keys;
pub mod latency;
mod period;
pub mod providers;
pub mod requests;
pub mod stats;
pub mod tokens;
pub mod usage;
