//! `{prefix}_client_tokens`: they keep working.

use super::report::Table;
use super::row::Row;
use super::{Migration, PREFIXES};
use crate::auth::is_possible;
use crate::db::Conn;
use crate::models::token_row::TokenRow;
use crate::vault::{Binding, mask, token_hash};

const COLUMNS: [&str; 5] = ["token", "name", "created_at", "expires_at", "request_count"];

/// Brings the tokens of both providers. One that both tables have may use every provider, the
/// others only their own, as before.
pub async fn bring(m: &mut Migration<'_>, conn: &mut Conn<'_>) -> anyhow::Result<Vec<Table>> {
    let mut tables = Vec::new();
    let names = PREFIXES.map(|(prefix, _)| format!("{prefix}_client_tokens"));
    for (name, (_, provider)) in names.iter().zip(PREFIXES) {
        let other = names.iter().find(|other| *other != name);
        let mut table = match m.table(name, &COLUMNS, &["token"]).await? {
            Ok(table) => table,
            Err(absent) => {
                tables.push(absent);
                continue;
            }
        };
        let mut both = "false".to_owned();
        if let Some(other) = other
            && m.source.columns(other).await?.is_some_and(|c| c.contains("token"))
        {
            both = format!("EXISTS (SELECT 1 FROM {other} o WHERE o.token::text = t.token::text)");
        }
        let sql = format!(
            "SELECT (to_jsonb(t) || jsonb_build_object('in_both', {both}))::text AS line \
             FROM {name} t"
        );
        m.source.start(&sql).await?;
        loop {
            let rows = m.source.next().await?;
            if rows.is_empty() {
                break;
            }
            table.read += rows.len() as u64;
            let good: Vec<TokenRow> =
                rows.iter().filter_map(|row| token(m, row, provider)).collect();
            table.failed += (rows.len() - good.len()) as u64;
            table.took(good.len(), TokenRow::insert(conn, &good).await?);
        }
        tables.push(table);
    }
    Ok(tables)
}

fn token(m: &Migration<'_>, row: &Row, provider: &str) -> Option<TokenRow> {
    let both = row.boolean("in_both") == Some(true);
    let mut name = row.name("name");
    if name.is_empty() {
        name = "version 3".to_owned();
    }
    let token = row.text("token")?;
    let made = made(m, &token, name, (!both).then_some(provider))?;
    Some(TokenRow {
        request_count: row.count("request_count"),
        created_at: row.time("created_at").unwrap_or(m.now),
        expires_at: row.time("expires_at"),
        ..made
    })
}

/// The row of a token that is nobody's yet; `None` for what can't be one.
pub fn made(
    m: &Migration<'_>,
    token: &str,
    name: String,
    provider: Option<&str>,
) -> Option<TokenRow> {
    if !is_possible(token) {
        return None;
    }
    let hash = hex::encode(token_hash(token));
    let sealed = m.vault.seal(&Binding::client_token(&hash, None), token).ok()?;
    Some(TokenRow {
        name,
        provider: provider.map(str::to_owned),
        providers: serde_json::to_string(&provider.iter().collect::<Vec<_>>()).ok()?,
        models: "[]".to_owned(),
        ip_allow: "[]".to_owned(),
        masked: mask(token),
        token_hash: hash,
        sealed: sealed.sealed,
        sealed_with: sealed.sealed_with,
        created_at: m.now,
        ..TokenRow::default()
    })
}
