//! `user list`

use clap::Args;
use serde_json::{Value, json};

use crate::cli::store::Store;
use crate::cli::{Outcome, out};
use crate::clock::rfc3339;
use crate::config::Config;
use crate::models::page::Page;
use crate::models::user::{Account, Role, UserFilter};

/// What to list.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Whose address holds this text
    #[arg(long)]
    search: Option<String>,
    /// Of this role only: user or admin
    #[arg(long, value_parser = super::role)]
    role: Option<Role>,
    /// Only those who wait for an administrator
    #[arg(long)]
    pending: bool,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// The columns of a table.
pub const HEAD: [&str; 7] = ["id", "email", "role", "state", "key", "key ends", "last login"];

/// Runs it.
pub async fn run(arguments: Arguments, config: &Config) -> anyhow::Result<Outcome> {
    let store = Store::open(config).await?;
    let filter = UserFilter {
        search: arguments.search,
        role: arguments.role,
        pending: arguments.pending.then_some(true),
        ..UserFilter::default()
    };
    let mut conn = store.database.get().await?;
    let (mut users, mut number) = (Vec::new(), 1);
    loop {
        let (page, _) = Account::list(&mut conn, &filter, Page::largest(number)).await?;
        if page.is_empty() {
            break;
        }
        users.extend(page);
        number += 1;
    }
    if arguments.json {
        out::json(&users.iter().map(one).collect::<Vec<_>>())?;
    } else {
        out::table(&HEAD, &users.iter().map(cells).collect::<Vec<_>>())?;
    }
    Ok(Outcome::Done)
}

/// A row of a table.
pub fn cells(Account { user, key }: &Account) -> Vec<String> {
    let state = match (user.pending, user.is_active) {
        (true, _) => "pending",
        (false, true) => "active",
        (false, false) => "off",
    };
    let ends = key.as_ref().map(|key| key.expires_at.map_or("never".to_owned(), rfc3339));
    vec![
        user.id.to_string(),
        user.email.clone(),
        user.role.clone(),
        state.to_owned(),
        key.as_ref().map(|key| key.masked.clone()).unwrap_or_default(),
        ends.unwrap_or_default(),
        user.last_login_at.map(rfc3339).unwrap_or_default(),
    ]
}

/// The field names of `GET /admin/users`.
pub fn one(Account { user, key }: &Account) -> Value {
    let key = key.as_ref();
    json!({
        "id": user.id,
        "email": user.email,
        "role": user.role,
        "isActive": user.is_active,
        "pending": user.pending,
        "defaultProvider": user.default_provider,
        "keyToken": key.map(|key| &key.masked),
        "keyExpiresAt": key.and_then(|key| key.expires_at).map(rfc3339),
        "createdAt": rfc3339(user.created_at),
        "lastLoginAt": user.last_login_at.map(rfc3339),
        "lastSignInAt": user.last_sign_in_at.map(rfc3339),
        "keyRequestCount": key.map_or(0, |key| key.request_count),
    })
}
