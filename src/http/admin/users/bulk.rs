//! `POST /admin/users/bulk`.

mod work;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use self::work::Work;
use super::{UserView, forget, spare_own};
use crate::accounts::switch;
use crate::app::App;
use crate::audit::{Deed, targets};
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::extract::{Json, Sudo};
use crate::models::user::{Account, Role};

/// The most users that one request may name.
const NAMED_MAX: usize = 1_000;

/// What can be done to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Switch on, and let in whoever waits.
    Activate,
    /// Switch off and sign out.
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

/// Does the same to many users, in one transaction. What it means for each is told at
/// `PATCH /admin/users/{id}`.
#[utoipa::path(
    post, path = "/admin/users/bulk", tag = "Users", request_body = Bulk,
    responses(
        (status = 200, body = BulkDone), (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 409, body = AdminError, description = "The caller's own account is among them"),
        (status = 422, body = AdminError),
    ),
)]
pub async fn bulk(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    ask: Json<Bulk>,
) -> Result<HttpResponse, Admin> {
    let mut ids = ask.ids.clone();
    ids.sort_unstable();
    ids.dedup();
    if !(1..=NAMED_MAX).contains(&ids.len()) {
        return Err(invalid("ids", "ids: name 1 to 1000 users").into());
    }
    let (work, now) = (Work::of(&ask, &app)?, app.clock.now());
    if work.shuts_out() {
        spare_own(&admin, &ids)?;
    }
    let mut conn = app.database.get().await?;
    let working = conn.transaction(async |conn| {
        let found = Account::by_ids(conn, &ids).await?;
        let (changing, results) = work.sort_out(&ids, found, now);
        if changing.is_empty() {
            return Ok::<_, ApiError>((changing, Vec::new(), results));
        }
        let these: Vec<i64> = changing.iter().map(|account| account.user.id).collect();
        let let_in = work.run(conn, &these, &changing, now).await?;
        let after = Account::by_ids(conn, &these).await?;
        let deed = Deed::new(work.deed(), targets("user", &these));
        admin.did(&app, conn, deed.before(shown(&changing)).after(shown(&after))).await?;
        Ok((changing, let_in, results))
    });
    let (changed, let_in, results) = working.await?;
    forget(&app, &changed);
    switch::welcome(&app, &changed, &let_in);
    Ok(HttpResponse::Ok().json(BulkDone::of(results)))
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
