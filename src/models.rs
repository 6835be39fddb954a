//! Rows and their queries. Every query takes a connection and returns `QueryResult`, so the same
//! one serves inside and outside a transaction.

pub mod audit;
pub mod client_token;
pub mod import;
pub mod job;
pub mod job_item;
pub mod key_list;
pub mod key_state;
pub mod page;
pub mod provider;
pub mod report;
pub mod upstream_key;
pub mod usage;
pub mod valid_key;
