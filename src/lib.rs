//! Many upstream API keys behind one OpenAI-compatible address.
//!
//! A reader's guide: follow one chat request. [`http`] has the route table; an extractor says who
//! is calling ([`auth`]); [`route`] reads from the body where it wants to go; [`upstream::forward`]
//! borrows a key from the pool ([`actors::key_pool`], whose rules are in [`pool`]), sends, judges
//! the answer ([`provider`]) and passes it on; [`stats`] counts it.

pub mod app;
pub mod cli;
pub mod config;
pub mod private_files;
pub mod secrets;
pub mod server;

pub mod error;
pub mod http;
pub mod import;

pub mod accounts;
pub mod auth;
pub mod limits;
pub mod route;

pub mod actors;
pub mod pool;
pub mod provider;
pub mod upstream;

pub mod answers;
pub mod audit;
pub mod bodies;
pub mod events;
pub mod follow;
pub mod housekeeping;
pub mod jobs;
pub mod language;
mod last_failure;
pub mod mail;
pub mod metrics;
pub mod pages;
pub mod replicas;
pub mod settings;
pub mod slots;
mod spreadsheet;
pub mod stats;
pub mod texts;

pub mod cache;
pub mod clock;
pub mod db;
pub mod models;
pub mod peers;
pub mod plaintext;
pub mod tls;
pub mod turns;
pub mod vault;

pub mod healthcheck;
pub mod shutdown;
