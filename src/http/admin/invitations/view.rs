//! An invitation as administrators see it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::{Millis, rfc3339};
use crate::models::invitation::Invitation;

/// What an invitation is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// Somebody can sign up with it.
    Open,
    /// As many have signed up with it as may.
    UsedUp,
    /// Its time is over.
    Expired,
}

/// An invitation, with its code masked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    /// Its number.
    #[schema(example = 4)]
    pub id: i64,
    /// Its first and last four characters.
    #[schema(example = "inv-…9f3c")]
    pub code: String,
    /// What administrators say of it.
    #[schema(example = "For the chess club")]
    pub note: String,
    /// What it is good for.
    pub status: InvitationStatus,
    /// So many signed up with it.
    #[schema(example = 0)]
    pub uses: i32,
    /// So many may; 0 for no limit.
    #[schema(example = 1)]
    pub uses_max: i32,
    /// When it was made.
    #[schema(example = "2026-11-24T08:00:00.000Z")]
    pub created_at: String,
    /// When it ends; null for never.
    #[schema(example = "2026-12-01T08:00:00.000Z")]
    pub expires_at: Option<String>,
}

impl InvitationView {
    /// As it is now.
    pub fn of(row: &Invitation, now: Millis) -> Self {
        let row = row.clone();
        Self {
            status: InvitationStatus::of(&row, now),
            id: row.id,
            code: row.masked,
            note: row.note,
            uses: row.uses,
            uses_max: row.uses_max,
            created_at: rfc3339(row.created_at),
            expires_at: row.expires_at.map(rfc3339),
        }
    }
}

impl InvitationStatus {
    fn of(row: &Invitation, now: Millis) -> Self {
        if row.uses_max > 0 && row.uses >= row.uses_max {
            return Self::UsedUp;
        }
        match row.expires_at {
            Some(at) if at <= now.naive() => Self::Expired,
            _ => Self::Open,
        }
    }
}
