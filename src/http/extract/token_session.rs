//! Browsers that have shown the admin token.

use std::fmt;

use actix_web::HttpRequest;
use chrono::{NaiveDateTime, TimeDelta};

use super::{SUDO_SECS, app, is_idle_page, origin};
use crate::app::App;
use crate::auth::{Idle, Use};
use crate::clock::Millis;
use crate::error::ApiError;
use crate::http::cookies::OwnCookie;
use crate::models::admin_session::AdminSession;

/// The cookie of a browser that has shown the admin token. The token itself stays nowhere.
pub const ADMIN_COOKIE: OwnCookie = OwnCookie { name: "pool_admin", path: "/" };

/// A session that the admin token has begun.
#[derive(Clone)]
pub struct TokenSession {
    /// Its id.
    pub id: String,
    /// The cookie's value, which is signed under the admin token of that time.
    cookie: String,
    /// When it began, which is when the token was shown.
    begun_at: NaiveDateTime,
}

impl fmt::Debug for TokenSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSession").field("id", &self.id).finish_non_exhaustive()
    }
}

impl TokenSession {
    /// The session of the request's cookie; `None` without one, or when it has ended.
    pub async fn by_cookie(request: &HttpRequest) -> Result<Option<Self>, ApiError> {
        let Some(cookie) = ADMIN_COOKIE.read(request) else { return Ok(None) };
        let app = app(request)?;
        // What no admin token has signed is not worth a look into the database.
        let Some(id) = app.admin.session(cookie.value()) else { return Ok(None) };
        origin::check(request)?;
        let (mut conn, now) = (app.database.get().await?, app.clock.now().naive());
        let Some(row) = AdminSession::by_id(&mut conn, &id, now).await? else { return Ok(None) };
        match Idle::minutes(app.settings.now().admin_idle_minutes).look(row.seen_at, now) {
            Use::Ended => {
                AdminSession::end(&mut conn, &id).await?;
                return Ok(None);
            }
            Use::ToNote if !is_idle_page(request) => {
                if let Err(error) = AdminSession::touch(&mut conn, &id, now).await {
                    log::warn!("the last use of a session can't be noted: {error}");
                }
            }
            Use::ToNote | Use::Noted => {}
        }
        Ok(Some(Self { id, cookie: cookie.value().to_owned(), begun_at: row.created_at }))
    }

    /// Whether it still opens anything: for those who watch by it.
    pub async fn still_opens(&self, app: &App) -> Result<bool, ApiError> {
        if app.admin.session(&self.cookie).is_none() {
            return Ok(false);
        }
        let (mut conn, now) = (app.database.get().await?, app.clock.now().naive());
        let row = AdminSession::by_id(&mut conn, &self.id, now).await?;
        let idle = Idle::minutes(app.settings.now().admin_idle_minutes);
        Ok(row.is_some_and(|row| idle.look(row.seen_at, now) != Use::Ended))
    }

    /// Whether the token was shown within the last five minutes.
    pub fn has_sudo(&self, now: Millis) -> bool {
        Millis::from(self.begun_at + TimeDelta::seconds(SUDO_SECS)) > now
    }
}
