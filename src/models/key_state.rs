//! The part of a key's state that must outlive the process, written behind by the pool.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;

use crate::clock::Millis;
use crate::db::Conn;
use crate::db::bulk::{self, Column};
use crate::db::locks::{KEYS, hold};
use crate::db::schema::key_model_blocks;
use crate::pool::KeyState;
use crate::pool::key::{KeyId, KeySpec};
use crate::pool::reason::Reason;
use crate::with_conn;

use super::upstream_key::UpstreamKey;

#[derive(Debug, Queryable)]
struct Block {
    key_id: i64,
    model: String,
    reason: String,
    until: NaiveDateTime,
}

#[derive(Serialize)]
struct StateRow {
    id: KeyId,
    disabled_reason: Option<&'static str>,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    disabled_until: Option<NaiveDateTime>,
    cooling_reason: Option<&'static str>,
    #[serde(serialize_with = "bulk::time::option::serialize")]
    cooling_until: Option<NaiveDateTime>,
    cooling_account: bool,
    consecutive_failures: u32,
}

#[derive(Serialize)]
struct BlockRow<'a> {
    key_id: KeyId,
    model: &'a str,
    reason: &'static str,
    #[serde(serialize_with = "bulk::time::serialize")]
    until: NaiveDateTime,
}

const STATE_COLUMNS: [Column; 7] = [
    ("id", "bigint"),
    ("disabled_reason", "text"),
    ("disabled_until", "timestamp"),
    ("cooling_reason", "text"),
    ("cooling_until", "timestamp"),
    ("cooling_account", "boolean"),
    ("consecutive_failures", "integer"),
];

const UPDATE_STATES: &str = "UPDATE upstream_keys SET \
     disabled_reason = x.disabled_reason, disabled_until = x.disabled_until, \
     cooling_reason = x.cooling_reason, cooling_until = x.cooling_until, \
     cooling_account = x.cooling_account, consecutive_failures = x.consecutive_failures \
     FROM {rows} WHERE upstream_keys.id = x.id";

const DELETE_BLOCKS: &str =
    "DELETE FROM key_model_blocks WHERE key_id IN (SELECT x.id FROM {rows})";

const BLOCK_COLUMNS: [Column; 4] =
    [("key_id", "bigint"), ("model", "text"), ("reason", "text"), ("until", "timestamp")];

/// A key may have been deleted since: then there is nothing to keep.
const INSERT_BLOCKS: &str = "INSERT INTO key_model_blocks (key_id, model, reason, until) \
     SELECT x.key_id, x.model, x.reason, x.until FROM {rows} \
     WHERE EXISTS (SELECT 1 FROM upstream_keys WHERE upstream_keys.id = x.key_id)";

/// Writes what has changed, in one transaction.
pub async fn save(conn: &mut Conn<'_>, states: &[KeyState]) -> QueryResult<()> {
    let rows: Vec<StateRow> = states.iter().map(state_row).collect();
    let blocks: Vec<BlockRow<'_>> = states.iter().flat_map(block_rows).collect();
    conn.transaction(async |conn| {
        hold(conn, KEYS, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
        bulk::execute(conn, UPDATE_STATES, &STATE_COLUMNS, &rows).await?;
        bulk::execute(conn, DELETE_BLOCKS, &STATE_COLUMNS, &rows).await?;
        bulk::execute(conn, INSERT_BLOCKS, &BLOCK_COLUMNS, &blocks).await?;
        Ok(())
    })
    .await
}

fn state_row(state: &KeyState) -> StateRow {
    StateRow {
        id: state.id,
        disabled_reason: state.disabled.map(|(reason, _)| reason.as_str()),
        disabled_until: state.disabled.and_then(|(_, until)| until).map(Millis::naive),
        cooling_reason: state.cooling.map(|(reason, _)| reason.as_str()),
        cooling_until: state.cooling.map(|(_, until)| until.naive()),
        cooling_account: state.cooling_account,
        consecutive_failures: state.failures.min(i32::MAX.unsigned_abs()),
    }
}

fn block_rows(state: &KeyState) -> impl Iterator<Item = BlockRow<'_>> {
    state.model_blocks.iter().map(|(model, reason, until)| BlockRow {
        key_id: state.id,
        model,
        reason: reason.as_str(),
        until: until.naive(),
    })
}

/// Stored keys as the pool wants them, in the order of their rows, which is that of their ids.
pub async fn specs(conn: &mut Conn<'_>, rows: &[UpstreamKey]) -> QueryResult<Vec<KeySpec>> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let (first, last) = (first.id, last.id);
    let stored: Vec<Block> = with_conn!(conn, |conn| {
        key_model_blocks::table
            .filter(key_model_blocks::key_id.between(first, last))
            .load(conn)
            .await
    })?;
    let mut blocks: HashMap<KeyId, Vec<_>> = HashMap::new();
    for row in stored {
        let block = (row.model, Reason::from_column(&row.reason), Millis::from(row.until));
        blocks.entry(row.key_id).or_default().push(block);
    }
    let one = |row| {
        let mut spec = spec(row);
        spec.model_blocks = blocks.remove(&spec.id).unwrap_or_default();
        spec
    };
    Ok(rows.iter().map(one).collect())
}

/// A key that was just stored, as the pool wants it: no model is kept from it yet.
pub fn spec(row: &UpstreamKey) -> KeySpec {
    let reason = |text: &Option<String>| text.as_deref().map(Reason::from_column);
    KeySpec {
        id: row.id,
        account: row.account.clone(),
        weight: u16::try_from(row.weight).unwrap_or(1),
        max_concurrency: u32::try_from(row.max_concurrency).unwrap_or(0),
        expires_at: row.expires_at.map(Millis::from),
        disabled: reason(&row.disabled_reason)
            .map(|reason| (reason, row.disabled_until.map(Millis::from))),
        cooling: reason(&row.cooling_reason).zip(row.cooling_until.map(Millis::from)),
        cooling_account: row.cooling_account,
        failures: u32::try_from(row.consecutive_failures).unwrap_or(0),
        model_blocks: Vec::new(),
    }
}
