//! `PATCH /admin/users/{id}`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{UserView, forget, found, spare_own};
use crate::accounts::switch;
use crate::app::App;
use crate::audit::Deed;
use crate::db::Conn;
use crate::error::{Admin, AdminError, ApiError, invalid, not_found};
use crate::http::admin::tokens::limit;
use crate::http::extract::{Administrator, Json, provider};
use crate::models::client_token::TokenRules;
use crate::models::user::{Account, Role, User, UserChange, UserKey};

/// What is to be changed; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// What they may do.
    role: Option<Role>,
    /// Switches them on or off, and with them their key. Whoever waits is let in by it.
    #[serde(rename = "isActive", alias = "is_active")]
    is_active: Option<bool>,
    /// The provider that their pages begin with.
    #[serde(rename = "defaultProvider", alias = "default_provider")]
    #[schema(example = "openrouter")]
    default_provider: Option<String>,
    /// Requests with their key in any 60 seconds; 0 for no limit, as in those after it.
    #[schema(example = 60)]
    rpm: Option<i32>,
    /// Tokens in any 60 seconds.
    #[schema(example = 100_000)]
    tpm: Option<i32>,
    /// Requests of a day, in UTC.
    #[serde(rename = "dailyRequests", alias = "daily_requests")]
    #[schema(example = 1000)]
    daily_requests: Option<i64>,
    /// Tokens of a day, in UTC.
    #[serde(rename = "dailyTokens", alias = "daily_tokens")]
    #[schema(example = 1_000_000)]
    daily_tokens: Option<i64>,
    /// Requests under way at once.
    #[serde(rename = "maxConcurrency", alias = "max_concurrency")]
    #[schema(example = 4)]
    max_concurrency: Option<i32>,
}

/// Changes a user and what their key may use, at once. Whoever is switched off is signed out, and
/// whoever waited and is switched on is let in: their key's life begins, and a mail tells them. The
/// last administrator among users may be switched off too: the admin token remains. Nobody may
/// switch off the account that they are signed in with, or take its role.
#[utoipa::path(
    patch, path = "/admin/users/{id}", tag = "Users", request_body = ChangeUser,
    responses(
        (status = 200, body = UserView), (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required` for some of it, or no administrator"), (status = 404, body = AdminError),
        (status = 409, body = AdminError, description = "It is the caller's own account"),
        (status = 422, body = AdminError),
    ),
)]
pub async fn change(
    admin: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
    ask: Json<ChangeUser>,
) -> Result<HttpResponse, Admin> {
    if ask.grants_power() {
        admin.sudo(app.clock.now())?;
    }
    let (change, rules) = ask.checked(&app)?;
    if ask.is_active == Some(false) || ask.role == Some(Role::User) {
        spare_own(&admin, &[*id])?;
    }
    let mut conn = app.database.get().await?;
    let changing = conn.transaction(async |conn| {
        let before = found(conn, *id).await?;
        User::change(conn, &[*id], &change).await?;
        let let_in = ask.switch(&app, conn, *id).await?;
        limit_key(conn, &before, &rules).await?;
        let after = found(conn, *id).await?;
        let deed = Deed::new("user.change", format!("user:{id}"));
        let deed = deed.before(UserView::from(&before)).after(UserView::from(&after));
        admin.did(&app, conn, deed).await?;
        Ok::<_, ApiError>((after, let_in))
    });
    let (account, let_in) = changing.await?;
    if let (Some(key), true) = (&account.key, rules != TokenRules::default()) {
        app.limiter.changed(key.id).await;
    }
    forget(&app, [&account]);
    switch::welcome(&app, [&account], &let_in);
    Ok(HttpResponse::Ok().json(UserView::from(&account)))
}

impl ChangeUser {
    /// Whether it may let somebody do more than before: all but switching off, and the provider that
    /// pages begin with.
    fn grants_power(&self) -> bool {
        let Self { role, is_active, default_provider: _, rpm, tpm, .. } = self;
        let daily = self.daily_requests.is_some() || self.daily_tokens.is_some();
        let limits = rpm.is_some() || tpm.is_some() || daily || self.max_concurrency.is_some();
        role.is_some() || *is_active == Some(true) || limits
    }

    /// As columns, but for the switch. 422 for what can't be, 404 for a provider that is not there.
    fn checked(&self, app: &App) -> Result<(UserChange, TokenRules), ApiError> {
        let named = self.default_provider.as_deref();
        let pages = named.map(|named| provider(app, Some(named))).transpose()?;
        let change = UserChange {
            role: self.role.map(Role::as_str),
            default_provider: pages.map(|pages| pages.id.clone()),
            ..UserChange::default()
        };
        let rules = TokenRules {
            rpm: limit("rpm", self.rpm)?,
            tpm: limit("tpm", self.tpm)?,
            daily_requests: limit("dailyRequests", self.daily_requests)?,
            daily_tokens: limit("dailyTokens", self.daily_tokens)?,
            max_concurrency: limit("maxConcurrency", self.max_concurrency)?,
            ..TokenRules::default()
        };
        let is_empty = change == UserChange::default() && rules == TokenRules::default();
        if is_empty && self.is_active.is_none() {
            let words = "name what to change: role, isActive, defaultProvider, or a limit";
            return Err(invalid("role", words));
        }
        Ok((UserChange { updated_at: Some(app.clock.now().naive()), ..change }, rules))
    }

    /// Switches the user on or off, where that is asked for; returns whom that let in.
    async fn switch(&self, app: &App, conn: &mut Conn<'_>, id: i64) -> Result<Vec<i64>, ApiError> {
        let now = app.clock.now();
        match self.is_active {
            Some(true) => {
                let key_hours = app.settings.now().user_key_hours;
                return Ok(switch::on(conn, &[id], key_hours, now).await?);
            }
            Some(false) => switch::off(conn, &[id], now).await?,
            None => {}
        }
        Ok(Vec::new())
    }
}

async fn limit_key(conn: &mut Conn<'_>, of: &Account, rules: &TokenRules) -> Result<(), ApiError> {
    if *rules == TokenRules::default() {
        return Ok(());
    }
    if UserKey::limit(conn, of.user.id, rules).await? == 0 {
        return Err(not_found("key"));
    }
    Ok(())
}
