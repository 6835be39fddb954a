//! `POST /admin/keys/enable` and `POST /admin/keys/disable`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::pick::{Pick, names};
use super::query::Whose;
use super::values::check_name;
use super::walk::{Walk, name};
use crate::app::App;
use crate::clock::{Millis, rfc3339};
use crate::error::{Admin, AdminError, ApiError, invalid};
use crate::http::extract::{Administrator, Json};
use crate::models::upstream_key::UpstreamKey;

/// What `duration` is unless given, in seconds: an hour, as in version 3.1.
const DURATION: i64 = 3600;

/// Ten years: longer is "until enabled".
const DURATION_MAX: i64 = 315_360_000;

/// The keys to take out, for how long, and why.
#[derive(Deserialize, ToSchema)]
pub struct Disable {
    #[serde(flatten)]
    pick: Pick,
    /// Seconds; 0 until enabled; an hour unless given.
    #[schema(example = 3600)]
    duration: Option<i64>,
    /// A word for whoever sees the key later.
    #[serde(default)]
    #[schema(example = "billing dispute")]
    reason: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Affected {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "2 keys disabled")]
    message: String,
    /// How many keys.
    #[schema(example = 2)]
    affected: usize,
}

/// Puts keys back into rotation with a clean sheet.
#[utoipa::path(
    post, path = "/admin/keys/enable", tag = "Keys", params(Whose), request_body = Pick,
    responses(
        (status = 200, body = Affected), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn enable(
    admin: Administrator,
    app: web::Data<App>,
    whose: web::Query<Whose>,
    pick: Json<Pick>,
) -> Result<HttpResponse, Admin> {
    let pick = pick.into_inner().of(&whose)?;
    let mut walk = Walk::over(&app, &pick).await?.or_not_found()?;
    let mut affected = 0;
    loop {
        let rows = walk.next().await?;
        if rows.is_empty() {
            break;
        }
        audited(&app, &admin, &walk, "key.enable", &rows, json!({}), "").await?;
        affected += app.actors.key_pool.enable(names(&rows)).await?;
        app.actors.key_pool.save().await?;
    }
    Ok(done(&app, "enabled", affected).await?)
}

/// Takes keys out of rotation for a while, or until enabled.
#[utoipa::path(
    post, path = "/admin/keys/disable", tag = "Keys", params(Whose), request_body = Disable,
    responses(
        (status = 200, body = Affected), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 413, body = AdminError), (status = 415, body = AdminError),
        (status = 422, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn disable(
    admin: Administrator,
    app: web::Data<App>,
    whose: web::Query<Whose>,
    ask: Json<Disable>,
) -> Result<HttpResponse, Admin> {
    let Disable { pick, duration, reason } = ask.into_inner();
    let (pick, duration) = (pick.of(&whose)?, duration.unwrap_or(DURATION));
    if !(0..=DURATION_MAX).contains(&duration) {
        return Err(invalid("duration", "seconds, 0 for until enabled").into());
    }
    check_name("reason", &reason)?;
    let until = (duration > 0).then(|| app.clock.now().plus_secs(duration));
    let after = json!({"disabled_until": until.map(Millis::rfc3339), "reason": reason});
    let mut walk = Walk::over(&app, &pick).await?.or_not_found()?;
    let mut affected = 0;
    loop {
        let rows = walk.next().await?;
        if rows.is_empty() {
            break;
        }
        audited(&app, &admin, &walk, "key.disable", &rows, after.clone(), &reason).await?;
        affected += app.actors.key_pool.disable(names(&rows), until).await?;
        app.actors.key_pool.save().await?;
    }
    Ok(done(&app, "disabled", affected).await?)
}

/// Writes down what is about to happen, and the note beside the keys: the pool's own state follows
/// by message.
async fn audited(
    app: &App,
    admin: &Administrator,
    walk: &Walk<'_>,
    action: &'static str,
    rows: &[UpstreamKey],
    after: Value,
    note: &str,
) -> Result<(), ApiError> {
    let deed = walk.deed(action, rows, state, after);
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut conn = app.database.get().await?;
    conn.transaction(async |conn| {
        UpstreamKey::note(conn, &ids, note).await?;
        admin.did(app, conn, deed).await
    })
    .await?;
    Ok(())
}

fn state(row: &UpstreamKey) -> Value {
    let mut state = name(row);
    if let Some(state) = state.as_object_mut() {
        state.insert("disabled_reason".to_owned(), json!(row.disabled_reason));
        state.insert("disabled_until".to_owned(), json!(row.disabled_until.map(rfc3339)));
        state.insert("cooling_until".to_owned(), json!(row.cooling_until.map(rfc3339)));
        state.insert("note".to_owned(), json!(row.disabled_note));
    }
    state
}

/// The answer, when everything is written.
pub async fn done(app: &App, what: &str, affected: usize) -> Result<HttpResponse, ApiError> {
    // An administrator's word must not be lost with the process.
    app.actors.key_pool.save().await?;
    let message = format!("{affected} key{} {what}", if affected == 1 { "" } else { "s" });
    Ok(HttpResponse::Ok().json(Affected { success: true, message, affected }))
}
