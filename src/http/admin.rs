//! The administrators' API. Every handler begins with [`Administrator`](super::extract).

pub mod aliases;
pub mod cache;
pub mod fallbacks;
pub mod announcements;
pub mod audit;
pub mod jobs;
pub mod keys;
pub mod providers;
pub mod search;
pub mod settings;
pub mod stats;
pub mod tokens;
pub mod users;
