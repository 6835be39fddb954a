//! The audit log: what administrators did and who signed in, in a chain of hashes.
//!
//! A row's hash covers the row and the hash before it, under a key that is not in the database, and
//! so does the chain's head. Whoever has only the database can change, drop or insert nothing
//! unnoticed. They can put an older state of the log back as a whole: that shows by the head, which
//! is in the program's log and its metrics.

mod begin;
pub mod failures;
pub mod head;
mod noted;
mod plain;
mod prune;
mod seal;
mod verify;

use diesel::QueryResult;
use serde::Serialize;
use serde_json::Value;

use self::seal::ChainKeys;
use crate::clock::Millis;
use crate::db::Conn;
use crate::models::audit::{AuditHead, AuditRow};
use crate::vault::Vault;

pub use self::begin::{begin, is_foreign};
pub use self::noted::{DIGITS_MIN, Noted, NotedHead};
pub use self::prune::prune;
pub use self::verify::{Fault, Verified, verify};

/// Of a deed done to many, so many are named.
const TARGETS_SHOWN: usize = 20;

/// Who did something, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `admin-token`, `command-line`, `service`, or a user's address.
    pub name: String,
    /// The address they came from; empty where there is none.
    pub address: String,
    /// The request, as its answer names it; empty where there is none.
    pub request_id: String,
}

impl Actor {
    /// The program by itself.
    pub fn service() -> Self {
        Self { name: "service".to_owned(), ..Self::command_line() }
    }

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
/// there without the other, and as its last step: until it ends, all others who append wait.
pub async fn record(
    conn: &mut Conn<'_>,
    vault: &Vault,
    actor: &Actor,
    deed: Deed,
    now: Millis,
) -> QueryResult<()> {
    let head = AuditHead::lock(conn).await?;
    let authentic = ChainKeys::of(vault).is_authentic(&head);
    if !authentic {
        log::error!(
            "the end of the audit log (row {}) was not written by this service, or under another \
             ENCRYPTION_KEY: `audit verify` says more",
            head.seq
        );
    }
    append(conn, vault, head, authentic, actor, deed, now).await
}

/// Appends to the chain after this head.
async fn append(
    conn: &mut Conn<'_>,
    vault: &Vault,
    mut head: AuditHead,
    authentic: bool,
    actor: &Actor,
    deed: Deed,
    now: Millis,
) -> QueryResult<()> {
    let keys = ChainKeys::of(vault);
    let key = keys.first().ok_or(diesel::result::Error::NotFound)?;
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    let mut row = AuditRow {
        id: head.seq + 1,
        at: now.naive(),
        actor: actor.name.clone(),
        address: actor.address.clone(),
        request_id: actor.request_id.clone(),
        action: deed.action.to_owned(),
        target: deed.target,
        before: text(deed.before),
        after: text(deed.after),
        hash: String::new(),
        key_id: key.id().to_owned(),
    };
    row.hash = key.hash(&row, &head.hash, authentic);
    row.insert(conn).await?;
    (head.seq, head.hash) = (row.id, row.hash);
    if head.sealed_from == 0 {
        head.sealed_from = head.seq;
    }
    head.macs = keys.macs(&head);
    head.put(conn).await
}
