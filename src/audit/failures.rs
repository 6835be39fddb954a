//! Refused sign-ins and the like, summed up before they are written: whoever fails thousands of times
//! makes a few rows.
//!
//! The first failure of an account, network and reason in an hour is written within a second, and
//! those after it as one row with their number when the hour is over, or at a stop. What is not
//! written yet dies with the process.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::watch;

use super::{Actor, Deed, record};
use crate::app::App;
use crate::clock::Millis;
use crate::db::DatabaseError;
use crate::models::user::Credentials;

/// How long failures are summed up.
const WINDOW_MS: i64 = 3_600_000;

/// Rows of one action in a window, but for the one that all others share.
const KEYS_MAX: usize = 60;

/// Those of them that one network may take: guesses at many accounts are one row after that.
const NETWORK_MAX: usize = 10;

/// Between two looks at what is to be written.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Rows of one transaction: who appends waits for it.
const CHUNK: usize = 20;

/// The account of failures at several accounts, and the network of failures from several networks.
const SEVERAL: &str = "several";

/// Something that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What, as `auth.sign_in_failed`.
    pub action: &'static str,
    /// The account that was tried, as it was named, and from where.
    pub actor: Actor,
    /// Their network: an IPv4 /24 or an IPv6 /48.
    pub network: String,
    /// Why, as the answer's error code has it.
    pub reason: &'static str,
}

/// What is summed up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    action: &'static str,
    reason: &'static str,
    account: String,
    network: String,
}

#[derive(Debug, Clone)]
struct Sum {
    first: Failure,
    since: Millis,
    count: u64,
    written: u64,
}

/// Failures that are not written yet; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Failures {
    sums: Arc<Mutex<HashMap<Key, Sum>>>,
    /// One writer at a time, so that none is written twice.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// A row to be written.
struct Due {
    key: Key,
    sum: Sum,
}

impl Failures {
    /// Takes one.
    pub fn note(&self, failure: Failure, now: Millis) {
        let mut sums = self.sums.lock();
        let key = fitting(&sums, &failure);
        let fresh = || Sum { first: failure, since: now, count: 0, written: 0 };
        sums.entry(key).or_insert_with(fresh).count += 1;
    }

    /// What is to be written: what has no row yet, and, where its window is over or `all` is asked
    /// for, what came since.
    fn due(&self, now: Millis, all: bool) -> Vec<Due> {
        let mut sums = self.sums.lock();
        let over = |sum: &Sum| all || now.0 - sum.since.0 >= WINDOW_MS;
        sums.retain(|_, sum| sum.count > sum.written || !over(sum));
        let due = sums
            .iter()
            .filter(|(_, sum)| sum.count > sum.written && (sum.written == 0 || over(sum)));
        due.map(|(key, sum)| Due { key: key.clone(), sum: sum.clone() }).collect()
    }

    /// These were written.
    fn written(&self, rows: &[Due]) {
        let mut sums = self.sums.lock();
        for row in rows {
            if let Some(sum) = sums.get_mut(&row.key) {
                sum.written = row.sum.count;
            }
        }
    }
}

/// The sum that a failure belongs to: its own, while there is room for that.
fn fitting(sums: &HashMap<Key, Sum>, failure: &Failure) -> Key {
    let Failure { action, reason, .. } = *failure;
    let key = |account: &str, network: &str| {
        let (account, network) = (account.to_owned(), network.to_owned());
        Key { action, reason, account, network }
    };
    let own = key(&failure.actor.name, &failure.network);
    if sums.contains_key(&own) {
        return own;
    }
    let alike = || sums.keys().filter(|key| key.action == action);
    if alike().count() >= KEYS_MAX {
        return key(SEVERAL, SEVERAL);
    }
    let near = alike().filter(|key| key.network == failure.network).count();
    if near < NETWORK_MAX { own } else { key(SEVERAL, &failure.network) }
}

impl Due {
    fn actor(&self) -> Actor {
        Actor { name: self.key.account.clone(), ..self.sum.first.actor.clone() }
    }

    fn deed(&self, target: String) -> Deed {
        Deed::new(self.key.action, target).after(json!({
            "reason": self.key.reason,
            "network": self.key.network,
            "count": self.sum.count - self.sum.written,
            "since": self.sum.since.rfc3339(),
        }))
    }
}

/// Writes what is due, or all.
pub async fn write(app: &App, all: bool) -> Result<(), DatabaseError> {
    let _turn = app.failures.turn.lock().await;
    let due = app.failures.due(app.clock.now(), all);
    for rows in due.chunks(CHUNK) {
        let mut conn = app.database.get().await?;
        conn.transaction(async |conn| {
            let mut targets = Vec::new();
            for row in rows {
                let known = Credentials::by_email(conn, &row.key.account).await?;
                targets.push(known.map(|known| format!("user:{}", known.user.id)));
            }
            for (row, target) in rows.iter().zip(targets) {
                let deed = row.deed(target.unwrap_or_default());
                record(conn, &app.vault, &row.actor(), deed, app.clock.now()).await?;
            }
            Ok::<_, diesel::result::Error>(())
        })
        .await?;
        app.failures.written(rows);
    }
    Ok(())
}

/// Writes what is due, again and again, until the other end of `stop` is dropped.
pub async fn until_stopped(app: Arc<App>, mut stop: watch::Receiver<()>) {
    let mut waits = false;
    loop {
        // What can't be written now is tried again; one line tells of it, until it can.
        match write(&app, false).await {
            Ok(()) => waits = false,
            Err(error) if !std::mem::replace(&mut waits, true) => {
                log::warn!("refused sign-ins wait for the audit log: {error}");
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(WRITE_EVERY) => {}
            _ = stop.changed() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Failures, KEYS_MAX, NETWORK_MAX, SEVERAL, WINDOW_MS};
    use crate::audit::Actor;
    use crate::clock::Millis;

    fn failure(account: &str, network: &str) -> Failure {
        let actor = Actor { name: account.to_owned(), ..Actor::command_line() };
        let (action, reason) = ("auth.sign_in_failed", "wrong_credentials");
        Failure { action, actor, network: network.to_owned(), reason }
    }

    /// Writes what is due; returns the accounts, networks and counts of the rows.
    fn write(failures: &Failures, now: i64, all: bool) -> Vec<(String, String, u64)> {
        let due = failures.due(Millis(now), all);
        failures.written(&due);
        let row = |it: &super::Due| {
            (it.key.account.clone(), it.key.network.clone(), it.sum.count - it.sum.written)
        };
        let mut rows: Vec<_> = due.iter().map(row).collect();
        rows.sort();
        rows
    }

    #[test]
    fn the_first_is_written_at_once_and_the_rest_when_the_hour_is_over() {
        let failures = Failures::default();
        let row = |count| vec![("ann".to_owned(), "net".to_owned(), count)];
        failures.note(failure("ann", "net"), Millis(0));
        assert_eq!(write(&failures, 1, false), row(1));
        for at in 2..1002 {
            failures.note(failure("ann", "net"), Millis(at));
        }
        assert_eq!(write(&failures, WINDOW_MS - 1, false), []);
        assert_eq!(write(&failures, WINDOW_MS, false), row(1000));
        assert_eq!(write(&failures, WINDOW_MS + 1, false), []);
        failures.note(failure("ann", "net"), Millis(WINDOW_MS + 2));
        assert_eq!(write(&failures, WINDOW_MS + 3, false), row(1), "another hour");
        failures.note(failure("ann", "net"), Millis(WINDOW_MS + 4));
        assert_eq!(write(&failures, WINDOW_MS + 5, true), row(1), "at a stop");
        assert_eq!(write(&failures, WINDOW_MS + 6, true), []);
    }

    #[test]
    fn what_was_not_written_is_due_again() {
        let failures = Failures::default();
        failures.note(failure("ann", "net"), Millis(0));
        assert_eq!(failures.due(Millis(1), false).len(), 1);
        assert_eq!(failures.due(Millis(WINDOW_MS), false).len(), 1);
    }

    #[test]
    fn thousands_of_accounts_and_networks_make_few_rows_and_none_is_lost() {
        let failures = Failures::default();
        for nth in 0..5000 {
            failures.note(failure(&format!("user{nth}"), "one"), Millis(0));
        }
        let rows = write(&failures, 1, false);
        assert_eq!(rows.len(), NETWORK_MAX + 1);
        assert!(rows.contains(&(SEVERAL.to_owned(), "one".to_owned(), 4990)), "{rows:?}");
        for nth in 0..5000 {
            failures.note(failure("ann", &format!("net{nth}")), Millis(2));
        }
        let more = write(&failures, 3, false);
        assert_eq!(rows.len() + more.len(), KEYS_MAX + 1);
        let all: u64 = rows.iter().chain(&more).map(|row| row.2).sum();
        assert_eq!(all, 10_000);
    }
}
