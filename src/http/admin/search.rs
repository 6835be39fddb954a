//! Texts in queries.

use crate::error::{ApiError, invalid};

/// The most characters of one.
const LENGTH_MAX: usize = 256;

/// The text to look for, if there is one. 422 for what no row can hold: Postgres refuses NUL.
pub fn words(param: &'static str, text: Option<&str>) -> Result<Option<String>, ApiError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let odd = |text: &str| text.chars().count() > LENGTH_MAX || text.contains(char::is_control);
    match text {
        Some(text) if odd(text) => Err(invalid(
            param,
            format!("{param}: at most 256 characters, none a control character"),
        )),
        text => Ok(text.map(str::to_owned)),
    }
}
