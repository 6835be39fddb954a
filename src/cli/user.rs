//! `user list`, `user role`, `user activate`, `user deactivate`: people with an account.

mod list;

use clap::{Args, Subcommand};
use serde_json::json;

use super::store::Store;
use super::{Outcome, Usage, out};
use crate::accounts::switch;
use crate::audit::Deed;
use crate::auth::Email;
use crate::clock::Millis;
use crate::config::Config;
use crate::db::Conn;
use crate::models::user::{Account, Credentials, Role, User, UserChange};

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// List users
    List(list::Arguments),
    /// Make a user an administrator, or a plain user again, from their next request on
    Role {
        /// Who
        #[command(flatten)]
        whom: Whom,
        /// user or admin
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Switch a user on, and let them in when they wait for it; no mail tells them
    Activate(Whom),
    /// Switch a user off and sign them out; a running service refuses their key within seconds
    Deactivate(Whom),
}

/// Which user.
#[derive(Debug, Clone, Args)]
pub struct Whom {
    /// Their address
    #[arg(value_parser = email)]
    email: Email,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is done to one user.
#[derive(Clone, Copy)]
enum Work {
    Role(Role),
    On,
    Off,
}

/// Runs it.
pub async fn run(command: Command, config: &Config) -> anyhow::Result<Outcome> {
    let (whom, work) = match command {
        Command::List(arguments) => return list::run(arguments, config).await,
        Command::Role { whom, role } => (whom, Work::Role(role)),
        Command::Activate(whom) => (whom, Work::On),
        Command::Deactivate(whom) => (whom, Work::Off),
    };
    let store = Store::open_to_write(config).await?;
    let key_hours = store.settings(config).await?.user_key_hours;
    let mut conn = store.database.get().await?;
    let working = conn.transaction(async |conn| {
        let before = named(conn, &whom.email).await?;
        if !work.changes(&before.user) {
            return Ok((before, false));
        }
        work.run(conn, before.user.id, key_hours, store.clock.now()).await?;
        let after = named(conn, &whom.email).await?;
        let deed = Deed::new(work.deed(), format!("user:{}", after.user.id));
        store.did(conn, deed.before(list::one(&before)).after(list::one(&after))).await?;
        anyhow::Ok((after, true))
    });
    let (user, changed) = working.await?;
    if whom.json {
        out::json(&json!({"changed": changed, "user": list::one(&user)}))?;
    } else {
        out::table(&list::HEAD, &[list::cells(&user)])?;
    }
    Ok(Outcome::Done)
}

impl Work {
    /// Whether it isn't so already.
    fn changes(self, user: &User) -> bool {
        match self {
            Self::Role(role) => user.role != role.as_str(),
            Self::On => !user.is_active || user.pending,
            Self::Off => user.is_active,
        }
    }

    async fn run(
        self,
        conn: &mut Conn<'_>,
        user: i64,
        key_hours: i64,
        now: Millis,
    ) -> diesel::QueryResult<()> {
        match self {
            Self::Role(role) => {
                let (role, updated_at) = (Some(role.as_str()), Some(now.naive()));
                let change = UserChange { role, updated_at, ..UserChange::default() };
                User::change(conn, &[user], &change).await?;
            }
            Self::On => {
                switch::on(conn, &[user], key_hours, now).await?;
            }
            Self::Off => switch::off(conn, &[user], now).await?,
        }
        Ok(())
    }

    const fn deed(self) -> &'static str {
        match self {
            Self::Role(_) => "user.role",
            Self::On => "user.activate",
            Self::Off => "user.deactivate",
        }
    }
}

async fn named(conn: &mut Conn<'_>, email: &Email) -> anyhow::Result<Account> {
    let known = Credentials::by_email(conn, email.as_str()).await?;
    let account = match known {
        Some(known) => Account::by_id(conn, known.user.id).await?,
        None => None,
    };
    Ok(account.ok_or_else(|| Usage(format!("no user `{email}`")))?)
}

fn email(text: &str) -> Result<Email, Usage> {
    Email::parse(text).ok_or_else(|| Usage("no e-mail address".to_owned()))
}

fn role(text: &str) -> Result<Role, Usage> {
    serde_json::from_value(text.into()).map_err(|_| Usage("user or admin".to_owned()))
}
