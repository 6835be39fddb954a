//! The client API, as OpenAI's clients speak it.

pub mod chat_completions;
pub mod described;
pub mod models;
pub mod refusals;
