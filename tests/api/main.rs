//! The program over the wire, on both stores: SQLite alone, and Postgres with Redis.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]
#![allow(clippy::indexing_slicing, reason = "an answer without the field fails the test")]

#[allow(dead_code, reason = "not every build of the tests uses every helper")]
mod support;

mod accounts;
mod actors;
mod admin;
mod bodies;
mod browser;
mod cache;
mod chaos;
mod cli;
mod database_away;
mod deploy;
mod edges;
mod killed;
mod mail;
mod metrics;
mod migrations;
mod openai_client;
mod openapi;
mod outages;
mod pages;
mod proxy;
mod redis_away;
mod replicas;
mod restart;
mod routing;
mod sealed;
mod secrets;
mod smoke;
mod soak;
mod start;
mod stop;
mod strangers;
mod texts;
mod tls;
mod token_changes;
mod totp;
mod turnstile;
