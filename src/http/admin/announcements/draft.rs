//! An announcement as it is written.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{Audience, Level};
use crate::clock::Millis;
use crate::error::{ApiError, invalid};
use crate::models::announcement::{Announcement, Notice};

const TITLE_MAX: usize = 200;
const BODY_MAX: usize = 20_000;

/// An announcement, or what of it is to be changed; what is not named stays, or is the default.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Which, where the path doesn't say.
    pub id: Option<i64>,
    /// Plain text, 1 to 200 characters.
    #[schema(example = "Maintenance on Sunday")]
    title: Option<String>,
    /// Markdown, at most 20,000 characters; it is kept as it is.
    #[schema(example = "The pool is away from **08:00** to 08:30 UTC.")]
    body: Option<String>,
    /// How pressing it is; `info` unless given.
    level: Option<Level>,
    /// Who sees it; `all` unless given.
    audience: Option<Audience>,
    /// From when (RFC 3339); null for at once.
    #[serde(rename = "startsAt", alias = "starts_at", default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "2026-11-28T00:00:00Z")]
    starts_at: Option<Option<DateTime<Utc>>>,
    /// Until when (RFC 3339); null for ever.
    #[serde(rename = "endsAt", alias = "ends_at", default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "2026-11-29T09:00:00Z")]
    ends_at: Option<Option<DateTime<Utc>>>,
}

impl Draft {
    /// It says nothing.
    pub fn is_empty(&self) -> bool {
        let texts = self.title.is_none() && self.body.is_none();
        let words = self.level.is_none() && self.audience.is_none();
        texts && words && self.starts_at.is_none() && self.ends_at.is_none()
    }

    /// What is to be stored: this, over what was there.
    pub fn over(&self, old: Option<&Announcement>) -> Result<Notice, ApiError> {
        let title = match (&self.title, old) {
            (Some(title), _) => title.trim().to_owned(),
            (None, old) => old.map(|old| old.title.clone()).unwrap_or_default(),
        };
        if !(1..=TITLE_MAX).contains(&title.chars().count()) || title.contains(char::is_control) {
            return Err(invalid("title", "title: 1 to 200 characters, none a control character"));
        }
        let body =
            self.body.clone().or_else(|| old.map(|old| old.body.clone())).unwrap_or_default();
        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if body.chars().count() > BODY_MAX || body.contains(odd) {
            return Err(invalid(
                "body",
                "body: at most 20000 characters, no control characters but tabs and line ends",
            ));
        }
        let level = self.level.map(|level| level.as_str().to_owned());
        let audience = self.audience.map(|audience| audience.as_str().to_owned());
        let starts_at = moment("startsAt", self.starts_at)?;
        let starts_at = starts_at.unwrap_or_else(|| old.and_then(|old| old.starts_at));
        let ends_at = moment("endsAt", self.ends_at)?;
        let ends_at = ends_at.unwrap_or_else(|| old.and_then(|old| old.ends_at));
        if starts_at.zip(ends_at).is_some_and(|(start, end)| end <= start) {
            return Err(invalid("endsAt", "endsAt: must be after startsAt"));
        }
        Ok(Notice {
            title,
            body,
            level: level
                .or_else(|| old.map(|old| old.level.clone()))
                .unwrap_or_else(|| Level::default().as_str().to_owned()),
            audience: audience
                .or_else(|| old.map(|old| old.audience.clone()))
                .unwrap_or_else(|| Audience::default().as_str().to_owned()),
            starts_at,
            ends_at,
        })
    }
}

/// The moment as a column, if it is named. Years of five digits don't sort as text, which is how
/// SQLite has them.
fn moment(
    param: &'static str,
    named: Option<Option<DateTime<Utc>>>,
) -> Result<Option<Option<NaiveDateTime>>, ApiError> {
    let Some(Some(at)) = named else { return Ok(named.map(|_| None)) };
    if !(1970..=9999).contains(&at.year()) {
        return Err(invalid(param, format!("{param}: a moment from 1970 to 9999")));
    }
    Ok(Some(Some(Millis::from(at.naive_utc()).naive())))
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
