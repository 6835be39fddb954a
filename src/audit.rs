//! The audit log: what administrators did, in a chain of hashes.
//!
//! A row's hash covers the row and the hash before it. Whoever changes, drops or inserts a row
//! later would have to write every row after it anew, and the end of the chain (which operators
//! can note elsewhere) would still tell.

mod verify;

use serde::Serialize;
use serde_json::Value;

use crate::clock::Millis;
use crate::db::Conn;
use crate::models::audit::AuditRow;

pub use self::verify::{Verified, verify};

/// Of a deed done to many, so many are named.
const TARGETS_SHOWN: usize = 20;

/// Who did something, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `admin-token`, `command-line`, or a user's address.
    pub name: String,
    /// The address they came from; empty where there is none.
    pub address: String,
    /// The request, as its answer names it; empty where there is none.
    pub request_id: String,
}

impl Actor {
    /// Whoever runs this program's commands.
    pub fn command_line() -> Self {
        Self { name: "command-line".to_owned(), address: String::new(), request_id: String::new() }
    }
}

/// Something that was done. Secrets are masked by whoever makes it.
#[derive(Debug, Clone)]
pub struct Deed {
    /// What, as `token.create`.
    pub action: &'static str,
    /// To what, as `token:12`.
    pub target: String,
    /// What was before.
    pub before: Option<Value>,
    /// What is now.
    pub after: Option<Value>,
}

impl Deed {
    /// This was done to that.
    pub fn new(action: &'static str, target: impl Into<String>) -> Self {
        Self { action, target: target.into(), before: None, after: None }
    }

    /// As it was before.
    pub fn before(mut self, before: impl Serialize) -> Self {
        self.before = serde_json::to_value(before).ok();
        self
    }

    /// As it is now.
    pub fn after(mut self, after: impl Serialize) -> Self {
        self.after = serde_json::to_value(after).ok();
        self
    }
}

/// Several of a kind as one target: `key:1,2,3`, cut short beyond twenty.
pub fn targets(kind: &str, ids: &[i64]) -> String {
    let shown: Vec<String> = ids.iter().take(TARGETS_SHOWN).map(i64::to_string).collect();
    let more = ids.len().saturating_sub(TARGETS_SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{kind}:{}{more}", shown.join(","))
}

/// Appends to the chain. Call it in the transaction that makes the change, so that neither is
/// there without the other.
pub async fn record(
    conn: &mut Conn<'_>,
    actor: &Actor,
    deed: Deed,
    now: Millis,
) -> diesel::QueryResult<()> {
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    let row = AuditRow {
        id: 0,
        at: now.naive(),
        actor: actor.name.clone(),
        address: actor.address.clone(),
        request_id: actor.request_id.clone(),
        action: deed.action.to_owned(),
        target: deed.target,
        before: text(deed.before),
        after: text(deed.after),
        hash: String::new(),
    };
    row.append(conn).await
}
