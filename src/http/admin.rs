//! The administrators' API. Every handler begins with [`Administrator`](super::extract).

pub mod aliases;
pub mod announcements;
pub mod audit;
pub mod breakers;
pub mod cache;
pub mod events;
pub mod fallbacks;
pub mod imports;
pub mod invitations;
pub mod jobs;
pub mod keys;
pub mod latency;
mod period;
pub mod providers;
pub mod requests;
pub mod search;
pub mod settings;
pub mod stats;
pub mod tokens;
pub mod usage;
pub mod users;
