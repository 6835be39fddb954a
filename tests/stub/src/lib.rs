//! A stand-in upstream: a small HTTP/1.1 server that answers, counts and fails as told.
//!
//! Tests start it in their own process with [`Stub::start`] and script its replies per key; the
//! binary of this crate serves the default answers only, for benchmarks. It is written on bare
//! sockets because it has to misbehave in ways an HTTP library would not allow: replies that are
//! too short, resets in the middle of a stream, single bytes.

mod answers;
mod call;
mod chat;
mod decide;
mod gate;
mod json;
mod play;
mod render;
mod reply;
mod request;
mod script;
mod server;
mod shared;
mod stub;
mod wire;

pub use call::Call;
pub use chat::{EVENTS, chat_json};
pub use decide::Decide;
pub use gate::Gate;
pub use reply::{Reply, Step};
pub use server::serve_counting;
pub use stub::Stub;
