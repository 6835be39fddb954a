//! Bodies, queries and paths of the admin API, and what is said of faults in them.

use actix_web::web;

use crate::error::{Admin, ApiError, ErrorCode, invalid, not_found};

/// The most of an admin request's JSON, in bytes.
const ADMIN_BODY_MAX: usize = 2 << 20;

/// What goes wrong with JSON, queries and paths of the admin API, in its own words.
pub fn admin_bodies(config: &mut web::ServiceConfig) {
    use actix_web::error::QueryPayloadError;
    let query = web::QueryConfig::default().error_handler(|error, _| {
        let QueryPayloadError::Deserialize(error) = error else {
            return Admin(ApiError::new(ErrorCode::Malformed, "the query can't be read")).into();
        };
        Admin(invalid("query", format!("the query can't be read: {error}"))).into()
    });
    let path = web::PathConfig::default().error_handler(|_, _| Admin(not_found("resource")).into());
    config.app_data(admin_json()).app_data(query).app_data(path);
}

/// JSON bodies, with their faults in the admin API's words.
fn admin_json() -> web::JsonConfig {
    use actix_web::error::JsonPayloadError as E;
    web::JsonConfig::default().limit(ADMIN_BODY_MAX).error_handler(|error, _| {
        let error = match &error {
            E::Overflow { .. } | E::OverflowKnownLength { .. } => {
                ApiError::new(ErrorCode::BodyTooLarge, "the body is too large")
            }
            E::ContentType => ApiError::new(
                ErrorCode::UnsupportedMediaType,
                "the body must be JSON, with Content-Type: application/json",
            ),
            E::Deserialize(error) if error.is_data() => {
                ApiError::new(ErrorCode::InvalidValue, field_error(error))
            }
            _ => ApiError::new(ErrorCode::Malformed, "the body is not valid JSON"),
        };
        Admin(error).into()
    })
}

/// serde quotes wrong values, which may be secrets in the wrong place; only where is told.
pub fn field_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let missing = text.strip_prefix("missing field ").and_then(|rest| rest.split(' ').next());
    let place = format!("(line {}, column {})", error.line(), error.column());
    match missing {
        Some(field) => format!("the field {field} is missing"),
        None if text.starts_with("unknown field") => {
            format!("there is a field that nothing is known of {place}")
        }
        None => format!("a field has a wrong type {place}"),
    }
}
