//! Bodies, queries and paths of the admin API and of accounts, and what is said of faults in them.

use actix_web::web;

use crate::error::{Admin, ApiError, ErrorCode, invalid, not_found};

/// The most of a request's JSON, in bytes, as its scope says.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonMax(pub usize);

/// Of administrators' requests.
const ADMIN_JSON_MAX: JsonMax = JsonMax(2 << 20);

/// Of requests about accounts, many of which anyone may send.
const ACCOUNT_JSON_MAX: JsonMax = JsonMax(64 << 10);

/// Size of bodies of the admin API, and what goes wrong with its queries and paths.
pub fn admin_bodies(config: &mut web::ServiceConfig) {
    config.app_data(ADMIN_JSON_MAX).configure(faults);
}

/// The same of accounts.
pub fn account_bodies(config: &mut web::ServiceConfig) {
    config.app_data(ACCOUNT_JSON_MAX).configure(faults);
}

/// What goes wrong with queries and paths, in the admin API's words.
fn faults(config: &mut web::ServiceConfig) {
    use actix_web::error::QueryPayloadError;
    let query = web::QueryConfig::default().error_handler(|error, _| {
        let QueryPayloadError::Deserialize(error) = error else {
            return Admin(ApiError::new(ErrorCode::Malformed, "the query can't be read")).into();
        };
        Admin(invalid("query", format!("the query can't be read: {error}"))).into()
    });
    let path = web::PathConfig::default().error_handler(|_, _| Admin(not_found("resource")).into());
    config.app_data(query).app_data(path);
}

/// serde quotes wrong values, which may be secrets in the wrong place: only which field it is, at
/// `path`, or where, is told.
pub fn field_error(error: &serde_json::Error, path: &str) -> String {
    let text = error.to_string();
    let missing = text.strip_prefix("missing field ").and_then(|rest| rest.split(' ').next());
    let place = format!("(line {}, column {})", error.line(), error.column());
    match missing {
        Some(field) => format!("the field {field} is missing"),
        None if text.starts_with("unknown field") => {
            format!("there is a field that nothing is known of {place}")
        }
        None if is_name(path) => format!("the field `{path}` has a wrong type"),
        None => format!("a field has a wrong type {place}"),
    }
}

/// Whether this is the name of a field, and no secret that stands in its place.
fn is_name(path: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.[]".contains(&byte);
    (1..=48).contains(&path.len()) && path != "." && path.bytes().all(allowed)
}
