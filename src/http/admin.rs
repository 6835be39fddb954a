//! The administrators' API. Every handler begins with [`Administrator`](super::extract).

pub mod imports;
pub mod jobs;
pub mod keys;
pub mod providers;
pub mod stats;
pub mod tokens;
