//! `POST /admin/users/bulk`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{UserView, forget};
use crate::accounts::key;
use crate::app::App;
use crate::audit::{Deed, targets};
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::extract::Administrator;
use crate::models::user::{Account, KeyEnd, Role, User, UserChange, UserKey};

/// The most users that one request may name.
const NAMED_MAX: usize = 1_000;

/// What can be done to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Switch on.
    Activate,
    /// Switch off.
    Deactivate,
    /// Let keys live `days` longer.
    Extend,
    /// Give them `role`.
    Role,
    /// Delete.
    Delete,
}

/// What is to be done, and to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// 1 to 1000 users.
    #[schema(example = json!([3, 4, 5]))]
    ids: Vec<i64>,
    /// What to do.
    action: Action,
    /// With `extend`: 1 to 365.
    #[schema(example = 30)]
    days: Option<i64>,
    /// With `role`.
    role: Option<Role>,
}

/// What came of it for one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Changed,
    /// It was so already.
    Unchanged,
    /// They have no key to extend.
    NoKey,
    /// There is no such user.
    NotFound,
}

/// What came of it for whom.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeOf {
    /// The user's number.
    #[schema(example = 3)]
    id: i64,
    /// What came of it.
    outcome: Outcome,
}

/// What came of it: `total = changed + unchanged + failed`.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkDone {
    /// It was done wherever it could be.
    success: bool,
    /// Users that were named, each once.
    #[schema(example = 3)]
    total: usize,
    /// To so many it was done.
    #[schema(example = 2)]
    changed: usize,
    /// With so many it was so already.
    #[schema(example = 1)]
    unchanged: usize,
    /// So many have no key, or are not there.
    #[schema(example = 0)]
    failed: usize,
    /// One by one.
    results: Vec<OutcomeOf>,
}

/// An action with what it needs.
#[derive(Debug, Clone, Copy)]
enum Work {
    Active(bool),
    Extend(i64),
    Role(Role),
    Delete,
}

/// Does the same to many users, in one transaction.
#[utoipa::path(
    post, path = "/admin/users/bulk", tag = "Users", request_body = Bulk,
    responses(
        (status = 200, body = BulkDone), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 422, body = AdminError),
    ),
)]
pub async fn bulk(
    admin: Administrator,
    app: web::Data<App>,
    ask: web::Json<Bulk>,
) -> Result<HttpResponse, Admin> {
    let mut ids = ask.ids.clone();
    ids.sort_unstable();
    ids.dedup();
    if !(1..=NAMED_MAX).contains(&ids.len()) {
        return Err(invalid("ids", "ids: name 1 to 1000 users").into());
    }
    let (work, now) = (ask.work()?, app.clock.now());
    let mut conn = app.database.get().await?;
    let working = conn.transaction(async |conn| {
        let found = Account::by_ids(conn, &ids).await?;
        let (changing, results) = sort_out(work, &ids, found, now);
        if changing.is_empty() {
            return Ok::<_, ApiError>((changing, results));
        }
        let these: Vec<i64> = changing.iter().map(|account| account.user.id).collect();
        work.run(conn, &these, &changing, now).await?;
        let after = Account::by_ids(conn, &these).await?;
        let deed = Deed::new(work.deed(), targets("user", &these));
        admin.did(&app, conn, deed.before(shown(&changing)).after(shown(&after))).await?;
        Ok((changing, results))
    });
    let (changed, results) = working.await?;
    forget(&app, &changed);
    Ok(HttpResponse::Ok().json(BulkDone::of(results)))
}

impl Bulk {
    fn work(&self) -> Result<Work, ApiError> {
        Ok(match self.action {
            Action::Activate => Work::Active(true),
            Action::Deactivate => Work::Active(false),
            Action::Extend => Work::Extend(key::days(self.days)?),
            Action::Role => {
                Work::Role(self.role.ok_or_else(|| invalid("role", "role: user or admin"))?)
            }
            Action::Delete => Work::Delete,
        })
    }
}

impl Work {
    /// What this would come to for one user.
    fn outcome(self, account: &Account, now: Millis) -> Outcome {
        let changes = match (self, &account.key) {
            (Self::Active(active), _) => account.user.is_active != active,
            (Self::Role(role), _) => account.user.role != role.as_str(),
            (Self::Delete, _) => true,
            (Self::Extend(_), None) => return Outcome::NoKey,
            (Self::Extend(days), Some(own)) => {
                own.expires_at.is_some_and(|end| key::extended(end, days, now) != end)
            }
        };
        if changes { Outcome::Changed } else { Outcome::Unchanged }
    }

    async fn run(
        self,
        conn: &mut Conn<'_>,
        ids: &[i64],
        accounts: &[Account],
        now: Millis,
    ) -> Result<(), ApiError> {
        let change = UserChange { updated_at: Some(now.naive()), ..UserChange::default() };
        match self {
            Self::Active(active) => {
                User::change(conn, ids, &UserChange { is_active: Some(active), ..change }).await?
            }
            Self::Role(role) => {
                User::change(conn, ids, &UserChange { role: Some(role.as_str()), ..change }).await?
            }
            Self::Delete => User::delete(conn, ids).await?,
            Self::Extend(days) => {
                let keys = accounts.iter().filter_map(|account| account.key.as_ref());
                let one = |own: &UserKey| {
                    let expires_at = key::extended(own.expires_at?, days, now);
                    Some(KeyEnd { id: own.id, expires_at })
                };
                let ends: Vec<KeyEnd> = keys.filter_map(one).collect();
                UserKey::set_ends(conn, &ends).await?
            }
        };
        Ok(())
    }

    const fn deed(self) -> &'static str {
        match self {
            Self::Active(true) => "user.activate",
            Self::Active(false) => "user.deactivate",
            Self::Extend(_) => "user.extend_key",
            Self::Role(_) => "user.role",
            Self::Delete => "user.delete",
        }
    }
}

/// Those to whom it is to be done, and what came of it for each that was named.
fn sort_out(
    work: Work,
    ids: &[i64],
    found: Vec<Account>,
    now: Millis,
) -> (Vec<Account>, Vec<OutcomeOf>) {
    let outcome = |id: &i64| {
        let account = found.iter().find(|account| account.user.id == *id);
        let outcome = account.map_or(Outcome::NotFound, |account| work.outcome(account, now));
        OutcomeOf { id: *id, outcome }
    };
    let results = ids.iter().map(outcome).collect();
    let changes = |account: &Account| work.outcome(account, now) == Outcome::Changed;
    (found.into_iter().filter(changes).collect(), results)
}

fn shown(accounts: &[Account]) -> serde_json::Value {
    json!({"users": accounts.iter().map(UserView::from).collect::<Vec<_>>()})
}

impl BulkDone {
    fn of(results: Vec<OutcomeOf>) -> Self {
        let count = |outcome| results.iter().filter(|one| one.outcome == outcome).count();
        let (changed, unchanged) = (count(Outcome::Changed), count(Outcome::Unchanged));
        let total = results.len();
        Self {
            success: true,
            total,
            changed,
            unchanged,
            failed: total - changed - unchanged,
            results,
        }
    }
}
