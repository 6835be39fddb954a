//! `POST /admin/keys/enable` and `POST /admin/keys/disable`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::pick::{Pick, names};
use crate::app::App;
use crate::error::{Admin, ApiError, invalid, not_found};
use crate::http::extract::Administrator;
use crate::pool::key::KeyId;

/// What `duration` is unless given, in seconds: an hour, as in version 3.1.
const DURATION: i64 = 3600;

/// Ten years: longer is "until enabled".
const DURATION_MAX: i64 = 315_360_000;

/// The keys to take out, and for how long.
#[derive(Deserialize)]
pub struct Disable {
    #[serde(flatten)]
    pick: Pick,
    /// Seconds; 0 until enabled.
    duration: Option<i64>,
}

/// Puts keys back into rotation with a clean sheet.
pub async fn enable(
    _: Administrator,
    app: web::Data<App>,
    pick: web::Json<Pick>,
) -> Result<HttpResponse, Admin> {
    let keys = found(&app, &pick).await?;
    let affected = app.actors.key_pool.enable(keys).await?;
    Ok(done(&app, "enabled", affected).await?)
}

/// Takes keys out of rotation for a while, or until enabled.
pub async fn disable(
    _: Administrator,
    app: web::Data<App>,
    ask: web::Json<Disable>,
) -> Result<HttpResponse, Admin> {
    let duration = ask.duration.unwrap_or(DURATION);
    if !(0..=DURATION_MAX).contains(&duration) {
        return Err(invalid("duration", "seconds, 0 for until enabled").into());
    }
    let keys = found(&app, &ask.pick).await?;
    let until = (duration > 0).then(|| app.clock.now().plus_secs(duration));
    let affected = app.actors.key_pool.disable(keys, until).await?;
    Ok(done(&app, "disabled", affected).await?)
}

async fn found(app: &App, pick: &Pick) -> Result<Vec<(String, KeyId)>, ApiError> {
    let mut conn = app.database.get().await?;
    let rows = pick.find(app, &mut conn).await?;
    if rows.is_empty() { Err(not_found("key")) } else { Ok(names(&rows)) }
}

async fn done(app: &App, what: &str, affected: usize) -> Result<HttpResponse, ApiError> {
    // An administrator's word must not be lost with the process.
    app.actors.key_pool.save().await?;
    let message = format!("{affected} key{} {what}", if affected == 1 { "" } else { "s" });
    Ok(HttpResponse::Ok().json(json!({"success": true, "message": message, "affected": affected})))
}
