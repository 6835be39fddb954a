//! An announcement as answers show it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::models::announcement::Announcement;

/// How pressing it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    #[default]
    Info,
    /// Better to know.
    Warning,
    /// Needs to be known.
    Critical,
}

/// Who sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Anyone.
    #[default]
    All,
    /// Whoever is logged in.
    Users,
    /// Administrators.
    Admins,
}

impl Level {
    /// The name in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Audience {
    /// The name in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Users => "users",
            Self::Admins => "admins",
        }
    }
}

/// An announcement.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnnouncementView {
    /// Its number.
    #[schema(example = 4)]
    id: i64,
    /// Plain text.
    #[schema(example = "Maintenance on Sunday")]
    title: String,
    /// Markdown, as it was written: whoever shows it makes it safe.
    #[schema(example = "The pool is away from **08:00** to 08:30 UTC.")]
    body: String,
    /// How pressing it is: `info`, `warning` or `critical`.
    #[schema(example = "warning")]
    level: String,
    /// Who sees it: `all`, `users` or `admins`.
    #[schema(example = "all")]
    audience: String,
    /// From when; null for at once.
    #[schema(example = "2026-11-28T00:00:00.000Z")]
    starts_at: Option<String>,
    /// Until when; null for ever.
    #[schema(example = "2026-11-29T09:00:00.000Z")]
    ends_at: Option<String>,
    /// When it was written.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    updated_at: String,
}

impl From<&Announcement> for AnnouncementView {
    fn from(row: &Announcement) -> Self {
        Self {
            id: row.id,
            title: row.title.clone(),
            body: row.body.clone(),
            level: row.level.clone(),
            audience: row.audience.clone(),
            starts_at: row.starts_at.map(rfc3339),
            ends_at: row.ends_at.map(rfc3339),
            created_at: rfc3339(row.created_at),
            updated_at: rfc3339(row.updated_at),
        }
    }
}
