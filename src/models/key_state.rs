//! The part of a key's state that must outlive the process, written behind by the pool.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::clock::Millis;
use crate::db::Conn;
use crate::db::schema::{key_model_blocks, upstream_keys};
use crate::pool::KeyState;
use crate::pool::key::KeySpec;
use crate::pool::reason::Reason;
use crate::with_conn;

use super::upstream_key::UpstreamKey;

#[derive(Debug, Queryable)]
struct Block {
    key_id: i64,
    model: String,
    reason: String,
    until: chrono::NaiveDateTime,
}

/// Writes what has changed, in one transaction.
pub async fn save(conn: &mut Conn<'_>, states: &[KeyState]) -> QueryResult<()> {
    conn.transaction(async |conn| {
        for state in states {
            update(conn, state).await?;
        }
        Ok(())
    })
    .await
}

async fn update(conn: &mut Conn<'_>, state: &KeyState) -> QueryResult<()> {
    use upstream_keys as k;
    let disabled = state.disabled.map(|(reason, _)| reason.as_str());
    let disabled_until = state.disabled.and_then(|(_, until)| until).map(Millis::naive);
    let cooling = state.cooling.map(|(reason, _)| reason.as_str());
    let found = with_conn!(conn, |conn| {
        diesel::update(k::table.find(state.id))
            .set((
                k::disabled_reason.eq(disabled),
                k::disabled_until.eq(disabled_until),
                k::cooling_reason.eq(cooling),
                k::cooling_until.eq(state.cooling.map(|(_, until)| until.naive())),
                k::cooling_account.eq(state.cooling_account),
                k::consecutive_failures.eq(i32::try_from(state.failures).unwrap_or(i32::MAX)),
            ))
            .execute(conn)
            .await
    })?;
    with_conn!(conn, |conn| {
        diesel::delete(key_model_blocks::table.filter(key_model_blocks::key_id.eq(state.id)))
            .execute(conn)
            .await
    })?;
    // The key may have been deleted since: then there is nothing to keep.
    if found == 0 {
        return Ok(());
    }
    for (model, reason, until) in &state.model_blocks {
        let row = (
            key_model_blocks::key_id.eq(state.id),
            key_model_blocks::model.eq(model),
            key_model_blocks::reason.eq(reason.as_str()),
            key_model_blocks::until.eq(until.naive()),
        );
        with_conn!(conn, |conn| {
            diesel::insert_into(key_model_blocks::table).values(row).execute(conn).await
        })?;
    }
    Ok(())
}

/// The models that keys can't use, as stored, for keys in this range of ids.
pub async fn model_blocks(
    conn: &mut Conn<'_>,
    ids: std::ops::RangeInclusive<i64>,
) -> QueryResult<Vec<(i64, (String, Reason, Millis))>> {
    let rows: Vec<Block> = with_conn!(conn, |conn| {
        key_model_blocks::table
            .filter(key_model_blocks::key_id.between(*ids.start(), *ids.end()))
            .load(conn)
            .await
    })?;
    let block = |row: Block| (row.model, Reason::from_column(&row.reason), Millis::from(row.until));
    Ok(rows.into_iter().map(|row| (row.key_id, block(row))).collect())
}

/// A stored key as the pool wants it.
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
