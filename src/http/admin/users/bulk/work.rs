//! What is done to many users.

use super::{Action, Bulk, Outcome, OutcomeOf};
use crate::accounts::{key, switch};
use crate::app::App;
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{ApiError, invalid};
use crate::models::user::{Account, KeyEnd, Role, User, UserChange, UserKey};

/// An action with what it needs.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// Switch on; the keys of those who waited live so many hours.
    On(i64),
    /// Switch off.
    Off,
    /// Let keys live so many days longer.
    Extend(i64),
    /// Give them this role.
    Role(Role),
    /// Delete.
    Delete,
}

impl Work {
    /// What is asked for. 422 when something is missing.
    pub fn of(ask: &Bulk, app: &App) -> Result<Self, ApiError> {
        Ok(match ask.action {
            Action::Activate => Self::On(app.settings.now().user_key_hours),
            Action::Deactivate => Self::Off,
            Action::Extend => Self::Extend(key::days(ask.days)?),
            Action::Role => {
                Self::Role(ask.role.ok_or_else(|| invalid("role", "role: user or admin"))?)
            }
            Action::Delete => Self::Delete,
        })
    }

    /// The name in the audit log.
    pub const fn deed(self) -> &'static str {
        match self {
            Self::On(_) => "user.activate",
            Self::Off => "user.deactivate",
            Self::Extend(_) => "user.extend_key",
            Self::Role(_) => "user.role",
            Self::Delete => "user.delete",
        }
    }

    /// Whether an administrator's own account would let them in no more.
    pub const fn shuts_out(self) -> bool {
        matches!(self, Self::Off | Self::Role(Role::User) | Self::Delete)
    }

    /// Those to whom it is to be done, and what comes of it for each that was named.
    pub fn sort_out(
        self,
        ids: &[i64],
        found: Vec<Account>,
        now: Millis,
    ) -> (Vec<Account>, Vec<OutcomeOf>) {
        let outcome = |id: &i64| {
            let account = found.iter().find(|account| account.user.id == *id);
            let outcome = account.map_or(Outcome::NotFound, |account| self.outcome(account, now));
            OutcomeOf { id: *id, outcome }
        };
        let results = ids.iter().map(outcome).collect();
        let changes = |account: &Account| self.outcome(account, now) == Outcome::Changed;
        (found.into_iter().filter(changes).collect(), results)
    }

    /// What this would come to for one user.
    fn outcome(self, account: &Account, now: Millis) -> Outcome {
        let changes = match (self, &account.key) {
            (Self::On(_), _) => !account.user.is_active || account.user.pending,
            (Self::Off, _) => account.user.is_active,
            (Self::Role(role), _) => account.user.role != role.as_str(),
            (Self::Delete, _) => true,
            (Self::Extend(_), None) => return Outcome::NoKey,
            (Self::Extend(days), Some(own)) => {
                own.expires_at.is_some_and(|end| key::extended(end, days, now) != end)
            }
        };
        if changes { Outcome::Changed } else { Outcome::Unchanged }
    }

    /// Does it; returns those whom it let in.
    pub async fn run(
        self,
        conn: &mut Conn<'_>,
        ids: &[i64],
        accounts: &[Account],
        now: Millis,
    ) -> Result<Vec<i64>, ApiError> {
        match self {
            Self::On(key_hours) => return Ok(switch::on(conn, ids, key_hours, now).await?),
            Self::Off => switch::off(conn, ids, now).await?,
            Self::Role(role) => {
                let (role, updated_at) = (Some(role.as_str()), Some(now.naive()));
                let change = UserChange { role, updated_at, ..UserChange::default() };
                User::change(conn, ids, &change).await?;
            }
            Self::Delete => {
                User::delete(conn, ids).await?;
            }
            Self::Extend(days) => {
                let keys = accounts.iter().filter_map(|account| account.key.as_ref());
                let one = |own: &UserKey| {
                    let expires_at = key::extended(own.expires_at?, days, now);
                    Some(KeyEnd { id: own.id, expires_at })
                };
                let ends: Vec<KeyEnd> = keys.filter_map(one).collect();
                UserKey::set_ends(conn, &ends).await?;
            }
        }
        Ok(Vec::new())
    }
}
