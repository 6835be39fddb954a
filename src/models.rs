//! Rows and their queries. Every query takes a connection and returns `QueryResult`, so the same
//! one serves inside and outside a transaction.

pub mod account;
pub mod announcement;
pub mod audit;
pub mod audit_list;
pub mod brought;
pub mod client_token;
pub mod email_code;
pub mod import;
pub mod invitation;
pub mod job;
pub mod job_item;
pub mod key_list;
pub mod key_sort;
pub mod key_state;
pub mod key_usage;
pub mod key_walk;
pub mod latency;
pub mod lease;
pub mod page;
pub mod provider;
pub mod report;
pub mod request_log;
pub mod retention;
pub mod route;
pub mod sealed;
pub mod session;
pub mod setting;
pub mod token_change;
pub mod token_row;
pub mod upstream_key;
pub mod usage;
pub mod usage_report;
pub mod user;
pub mod user_totp;
pub mod valid_key;
