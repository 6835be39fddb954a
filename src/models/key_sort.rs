//! The order of lists of keys, in SQL that both databases read.

use chrono::NaiveDateTime;

use crate::pool::reason::Reason;

/// What a list can be sorted by. A leading `-` in the query turns it round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of the list")]
pub enum KeySort {
    #[default]
    Id,
    Username,
    Account,
    Provider,
    Status,
    Weight,
    CreatedAt,
    ExpiresAt,
    LastUsed,
    TotalRequests,
    SuccessRate,
}

impl KeySort {
    /// All, by the names of the list's fields.
    pub const NAMES: [(&str, Self); 11] = [
        ("id", Self::Id),
        ("username", Self::Username),
        ("account", Self::Account),
        ("provider", Self::Provider),
        ("status", Self::Status),
        ("weight", Self::Weight),
        ("created_at", Self::CreatedAt),
        ("expires_at", Self::ExpiresAt),
        ("last_used", Self::LastUsed),
        ("total_requests", Self::TotalRequests),
        ("success_rate", Self::SuccessRate),
    ];

    /// What follows `ORDER BY`. Keys that are alike stand in the order of their ids.
    pub fn order(self, descending: bool, now: NaiveDateTime) -> String {
        let turn = if descending { "DESC" } else { "ASC" };
        let (early, late) = if descending { ("LAST", "FIRST") } else { ("FIRST", "LAST") };
        let by = match self {
            Self::Id => return format!("id {turn}"),
            Self::Username => format!("username {turn}"),
            Self::Account => format!("account {turn}"),
            Self::Provider => format!("provider {turn}"),
            Self::Status => format!("{} {turn}", status_rank(now)),
            Self::Weight => format!("weight {turn}"),
            Self::CreatedAt => format!("created_at {turn}"),
            // The databases disagree about where NULL belongs: without an end is last, never used
            // is longest ago. One thing to compare by sorts faster than `IS NULL` before it.
            Self::ExpiresAt => format!("expires_at {turn} NULLS {late}"),
            Self::LastUsed => format!("last_used_at {turn} NULLS {early}"),
            Self::TotalRequests => format!("total_requests {turn}"),
            Self::SuccessRate => format!("{RATE} {turn}"),
        };
        format!("{by}, id {turn}")
    }
}

/// Parts in a million that went well, of those that ended one way or the other; never used is 0,
/// as the list shows it.
const RATE: &str = "CASE WHEN success_count + failure_count = 0 THEN 0 \
     ELSE success_count * 1000000 / (success_count + failure_count) END";

/// From the best to the most final. The rules are those of
/// [`UpstreamKey::status`](super::upstream_key::UpstreamKey::status).
fn status_rank(now: NaiveDateTime) -> String {
    let (now, manual) = (literal(now), Reason::Manual.as_str());
    format!(
        "CASE WHEN expires_at <= {now} THEN 4 \
         WHEN disabled_reason IS NOT NULL AND (disabled_until IS NULL OR disabled_until > {now}) \
         THEN CASE WHEN disabled_reason = '{manual}' THEN 2 ELSE 3 END \
         WHEN cooling_until > {now} THEN 1 ELSE 0 END"
    )
}

/// A moment as both databases read it, and as diesel writes SQLite's.
fn literal(at: NaiveDateTime) -> String {
    format!("'{}'", at.format("%F %T%.f"))
}
