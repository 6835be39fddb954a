//! Texts in queries and paths.

use crate::error::{ApiError, invalid, not_found};

/// The most characters of one.
const LENGTH_MAX: usize = 256;

/// A name out of a path. 404 for what no row can be called: Postgres refuses NUL.
pub fn called<'a>(what: &'static str, name: &'a str) -> Result<&'a str, ApiError> {
    if name.contains('\0') { Err(not_found(what)) } else { Ok(name) }
}

/// The text to look for, without spaces around it, if there is one.
pub fn words(param: &'static str, text: Option<&str>) -> Result<Option<String>, ApiError> {
    exact(param, text.map(str::trim))
}

/// The text as it is, if there is one. 422 for what no row can hold: Postgres refuses NUL.
pub fn exact(param: &'static str, text: Option<&str>) -> Result<Option<String>, ApiError> {
    let text = text.filter(|text| !text.is_empty());
    let odd = |text: &str| text.chars().count() > LENGTH_MAX || text.contains(char::is_control);
    match text {
        Some(text) if odd(text) => Err(invalid(
            param,
            format!("{param}: at most 256 characters, none a control character"),
        )),
        text => Ok(text.map(str::to_owned)),
    }
}
