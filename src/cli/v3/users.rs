//! `ollama_api_users`, without passwords (the old hashes are weak: these users sign in by code and
//! set a new one), and `ollama_api_user_signins`.

use std::collections::HashMap;

use super::Migration;
use super::report::Table;
use super::row::Row;
use super::tokens::made;
use crate::db::Conn;
use crate::models::brought::{OwnedToken, SigninRow, UserKeyRow, UserRow};
use crate::models::token_row::TokenRow;
use crate::vault::Binding;

const USERS: &str = "ollama_api_users";
const COLUMNS: [&str; 12] = [
    "email",
    "is_active",
    "role",
    "default_provider",
    "key_token",
    "key_provider",
    "key_expires_at",
    "created_at",
    "updated_at",
    "last_login_at",
    "last_sign_in_at",
    "id",
];

const SIGNINS: &str = "ollama_api_user_signins";
const SIGNIN_COLUMNS: [&str; 3] = ["user_id", "sign_day", "created_at"];

/// Brings users, their keys and their check-ins.
pub async fn bring(m: &mut Migration<'_>, conn: &mut Conn<'_>) -> anyhow::Result<Vec<Table>> {
    let mut users = match m.table(USERS, &COLUMNS, &["email"]).await? {
        Ok(table) => table,
        Err(absent) => {
            return Ok(vec![absent, Table::absent(SIGNINS, "nothing to do without users")]);
        }
    };
    let mut keys = Table::new(format!("{USERS}.key_token"));
    m.source.start(&format!("SELECT to_jsonb(t)::text AS line FROM {USERS} t")).await?;
    loop {
        let rows = m.source.next().await?;
        if rows.is_empty() {
            break;
        }
        users.read += rows.len() as u64;
        let good: Vec<UserRow> = rows.iter().filter_map(|row| user(m, row)).collect();
        users.failed += (rows.len() - good.len()) as u64;
        users.took(good.len(), UserRow::insert(conn, &good).await?);
        own_keys(m, conn, &rows, &mut keys).await?;
    }
    Ok(vec![users, keys, signins(m, conn).await?])
}

async fn own_keys(
    m: &Migration<'_>,
    conn: &mut Conn<'_>,
    rows: &[Row],
    table: &mut Table,
) -> anyhow::Result<()> {
    let (mut tokens, mut links, mut texts) = (Vec::new(), Vec::new(), HashMap::new());
    for row in rows {
        let Some(token) = row.text("key_token") else { continue };
        table.read += 1;
        let email = email(row);
        let provider = provider(row, "key_provider");
        let made = email.as_ref().and_then(|email| made(m, &token, email.clone(), Some(&provider)));
        let (Some(email), Some(mut made)) = (email, made) else {
            table.failed += 1;
            continue;
        };
        made.expires_at = row.time("key_expires_at");
        made.created_at = row.time("created_at").unwrap_or(m.now);
        links.push(UserKeyRow {
            email,
            token_hash: made.token_hash.clone(),
            provider,
            providers: made.providers.clone(),
            expires_at: made.expires_at,
        });
        texts.insert(made.token_hash.clone(), token);
        tokens.push(made);
    }
    TokenRow::insert(conn, &tokens).await?;
    table.took(links.len(), UserKeyRow::link(conn, &links).await?);
    // They were sealed as nobody's.
    let mut owned = Vec::new();
    for (token_hash, user_id) in OwnedToken::owners(conn, texts.keys()).await? {
        let Some(text) = texts.get(&token_hash) else { continue };
        let sealed = m.vault.seal(&Binding::client_token(&token_hash, Some(user_id)), text)?;
        let (sealed, sealed_with) = (sealed.sealed, sealed.sealed_with);
        owned.push(OwnedToken { token_hash, user_id, sealed, sealed_with });
    }
    OwnedToken::save(conn, &owned).await?;
    Ok(())
}

async fn signins(m: &mut Migration<'_>, conn: &mut Conn<'_>) -> anyhow::Result<Table> {
    let with_id = m.source.columns(USERS).await?.is_some_and(|columns| columns.contains("id"));
    let mut table = match m.table(SIGNINS, &SIGNIN_COLUMNS, &["user_id", "sign_day"]).await? {
        Ok(_) if !with_id => return Ok(Table::absent(SIGNINS, "the users have no column id")),
        Ok(table) => table,
        Err(absent) => return Ok(absent),
    };
    let sql = format!(
        "SELECT (to_jsonb(s) || jsonb_build_object('email', u.email))::text AS line \
         FROM {SIGNINS} s LEFT JOIN {USERS} u ON u.id::text = s.user_id::text"
    );
    m.source.start(&sql).await?;
    loop {
        let rows = m.source.next().await?;
        if rows.is_empty() {
            return Ok(table);
        }
        table.read += rows.len() as u64;
        let good: Vec<SigninRow> = rows.iter().filter_map(|row| signin(m, row)).collect();
        table.failed += (rows.len() - good.len()) as u64;
        table.took(good.len(), SigninRow::insert(conn, &good).await?);
    }
}

fn user(m: &Migration<'_>, row: &Row) -> Option<UserRow> {
    let created_at = row.time("created_at").unwrap_or(m.now);
    let admin = row.text("role").is_some_and(|role| role.eq_ignore_ascii_case("admin"));
    Some(UserRow {
        email: email(row)?,
        role: if admin { "admin" } else { "user" },
        is_active: row.boolean("is_active").unwrap_or(true),
        default_provider: provider(row, "default_provider"),
        created_at,
        updated_at: row.time("updated_at").unwrap_or(created_at),
        last_login_at: row.time("last_login_at"),
        last_sign_in_at: row.time("last_sign_in_at"),
    })
}

fn signin(m: &Migration<'_>, row: &Row) -> Option<SigninRow> {
    let day = row.time("sign_day")?;
    let created_at = row.time("created_at").unwrap_or(m.now);
    Some(SigninRow { email: email(row)?, sign_day: day.date(), created_at })
}

fn email(row: &Row) -> Option<String> {
    let email = row.text("email")?.to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let plain = email.chars().all(|c| !c.is_control() && !c.is_whitespace());
    (!local.is_empty() && !domain.is_empty() && plain && email.len() <= 254).then_some(email)
}

fn provider(row: &Row, name: &str) -> String {
    let named = row.text(name).map(|name| name.to_ascii_lowercase());
    named.unwrap_or_else(|| crate::provider::DEFAULT.to_owned())
}
