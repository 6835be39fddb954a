//! `{prefix}_keys` with `{prefix}_key_stats`.

use std::collections::HashSet;

use super::report::Table;
use super::row::Row;
use super::{Migration, PREFIXES};
use crate::db::Conn;
use crate::models::brought::KeyRow;
use crate::models::upstream_key::UpstreamKey;
use crate::pool::reason::Reason;
use crate::vault::{Binding, mask};

const COLUMNS: [&str; 8] = [
    "api_key",
    "username",
    "status",
    "created_at",
    "expires_at",
    "failed_until",
    "disabled_until",
    "consecutive_failures",
];

/// Brings the keys of both providers, each with its statistics: these are added once, since they
/// come in the same row.
pub async fn bring(m: &mut Migration<'_>, conn: &mut Conn<'_>) -> anyhow::Result<Vec<Table>> {
    let mut tables = Vec::new();
    for (prefix, provider) in PREFIXES {
        let (keys, stats) = (format!("{prefix}_keys"), format!("{prefix}_key_stats"));
        let with_stats = m.source.columns(&stats).await?.is_some_and(|c| c.contains("api_key"));
        let mut counted = Table::new(&stats);
        match with_stats {
            true => counted.read = m.source.count(&stats).await?,
            false => counted = Table::absent(&stats, "not there"),
        }
        match m.table(&keys, &COLUMNS, &["api_key"]).await? {
            Ok(mut table) => {
                m.source.start(&select(&keys, with_stats.then_some(&stats))).await?;
                loop {
                    let rows = m.source.next().await?;
                    if rows.is_empty() {
                        break;
                    }
                    chunk(m, conn, provider, &rows, &mut table, &mut counted).await?;
                }
                tables.push(table);
            }
            Err(absent) => tables.push(absent),
        }
        // Statistics of keys that are gone.
        counted.skipped = counted.read - counted.taken - counted.existing - counted.failed;
        tables.push(counted);
    }
    Ok(tables)
}

fn select(keys: &str, stats: Option<&String>) -> String {
    match stats {
        Some(stats) => format!(
            "SELECT (to_jsonb(k) || jsonb_build_object('stats', to_jsonb(s)))::text AS line \
             FROM {keys} k LEFT JOIN {stats} s ON s.api_key::text = k.api_key::text"
        ),
        None => format!("SELECT to_jsonb(k)::text AS line FROM {keys} k"),
    }
}

async fn chunk(
    m: &Migration<'_>,
    conn: &mut Conn<'_>,
    provider: &str,
    rows: &[Row],
    table: &mut Table,
    counted: &mut Table,
) -> anyhow::Result<()> {
    table.read += rows.len() as u64;
    let (mut new, mut found) = (Vec::new(), Vec::new());
    for row in rows {
        let has_stats = row.inner("stats").is_some();
        match row.text("api_key").filter(|secret| is_key(secret)) {
            Some(secret) => found.push((secret, row, has_stats)),
            None => {
                table.failed += 1;
                counted.failed += u64::from(has_stats);
            }
        }
    }
    let all: Vec<String> =
        found.iter().flat_map(|(secret, ..)| m.vault.fingerprints(secret)).collect();
    let mut known: HashSet<String> =
        UpstreamKey::known(conn, provider, &all).await?.into_iter().collect();
    for (secret, row, has_stats) in found {
        if m.vault.fingerprints(&secret).iter().any(|print| known.contains(print)) {
            table.existing += 1;
            counted.existing += u64::from(has_stats);
            continue;
        }
        let key = key(m, provider, &secret, row)?;
        known.insert(key.fingerprint.clone());
        table.taken += 1;
        counted.taken += u64::from(has_stats);
        new.push(key);
    }
    KeyRow::insert(conn, &new).await?;
    Ok(())
}

fn key(m: &Migration<'_>, provider: &str, secret: &str, row: &Row) -> anyhow::Result<KeyRow> {
    let fingerprint = m.vault.fingerprint(secret);
    let sealed = m.vault.seal(&Binding::upstream_key(provider, &fingerprint), secret)?;
    let stats = row.inner("stats");
    let count = |name| stats.as_ref().map_or(0, |stats| stats.count(name));
    let time = |name| stats.as_ref().and_then(|stats| stats.time(name));
    let disabled = disabled(row, m.now);
    Ok(KeyRow {
        provider: provider.to_owned(),
        username: row.name("username"),
        masked: mask(secret),
        fingerprint,
        sealed: sealed.sealed,
        sealed_with: sealed.sealed_with,
        disabled_reason: disabled.map(|(reason, _)| reason.as_str()),
        disabled_until: disabled.and_then(|(_, until)| until),
        consecutive_failures: i32::try_from(row.count("consecutive_failures")).unwrap_or(i32::MAX),
        total_requests: count("total_requests"),
        success_count: count("success_count"),
        failure_count: count("failure_count"),
        last_used_at: time("last_used"),
        last_success_at: time("last_success"),
        last_failure_at: time("last_failure"),
        created_at: row.time("created_at").unwrap_or(m.now),
        expires_at: row.time("expires_at"),
    })
}

type Until = Option<chrono::NaiveDateTime>;

/// Whether the key was out, and until when. An administrator's word is `disabled` or a time in
/// `disabled_until`; a failure's is `failed_until`, and probes may end it.
fn disabled(row: &Row, now: chrono::NaiveDateTime) -> Option<(Reason, Until)> {
    let ahead = |name| row.time(name).filter(|until| *until > now);
    if let Some(until) = ahead("disabled_until") {
        return Some((Reason::Manual, Some(until)));
    }
    if let Some(until) = ahead("failed_until") {
        return Some((Reason::AutoDisabled, Some(until)));
    }
    let status = row.text("status").unwrap_or_default().to_ascii_lowercase();
    // With a time that is over, the status is what nobody had set back yet.
    let was_for_a_time = row.time("disabled_until").or_else(|| row.time("failed_until")).is_some();
    match status.as_str() {
        _ if was_for_a_time => None,
        "disabled" | "inactive" => Some((Reason::Manual, None)),
        "failed" | "error" | "invalid" | "banned" => Some((Reason::AutoDisabled, None)),
        _ => None,
    }
}

/// What `POST /admin/api-keys` takes.
fn is_key(secret: &str) -> bool {
    (8..=2048).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic())
}
