//! What requests leave in the audit log of signing in, sessions and refusals.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::dev::ServiceResponse;
use diesel::QueryResult;

use super::extract::{Administrator, Member, actor};
use crate::accounts::second_factor::Shown;
use crate::app::App;
use crate::audit::failures::Failure;
use crate::audit::{self, Actor, Deed};
use crate::auth::networks;
use crate::db::Conn;
use crate::error::{Admin, ApiError, ErrorCode};

/// Action of whoever has asked or tried too often, whatever for.
const LIMIT: &str = "auth.limit";

impl Member {
    /// Notes in the audit log what they do with their own account, in the transaction that does it
    /// and as its last step.
    pub async fn did(&self, app: &App, conn: &mut Conn<'_>, deed: Deed) -> QueryResult<()> {
        audit::record(conn, &app.vault, &self.actor, deed, app.clock.now()).await
    }

    /// Something done to this user.
    pub fn deed(&self, action: &'static str) -> Deed {
        Deed::new(action, of_user(self.user.id))
    }

    /// Notes that one of their recovery codes was used, if one was.
    pub async fn showed(&self, app: &App, conn: &mut Conn<'_>, shown: Shown) -> QueryResult<()> {
        recovery(app, conn, &self.actor, self.user.id, shown).await
    }
}

/// A user as a target.
pub fn of_user(id: i64) -> String {
    format!("user:{id}")
}

/// Notes that a recovery code was used, if one was.
pub async fn recovery(
    app: &App,
    conn: &mut Conn<'_>,
    actor: &Actor,
    user: i64,
    shown: Shown,
) -> QueryResult<()> {
    let Shown::Recovery(left) = shown else { return Ok(()) };
    let deed = Deed::new("auth.recovery_code_used", of_user(user));
    let deed = deed.after(serde_json::json!({ "left": left }));
    audit::record(conn, &app.vault, actor, deed, app.clock.now()).await
}

/// Notes why somebody was refused who tried this with the account of that name, where it is a
/// failure of theirs.
pub fn refused(
    app: &App,
    request: &HttpRequest,
    action: &'static str,
    name: &str,
    error: &ApiError,
) {
    failed(app, actor(request, name.to_owned()), action, error);
}

/// Notes that this account had a code mailed, or would have.
pub fn mailed(app: &App, request: &HttpRequest, name: &str, purpose: &'static str) {
    sum_up(app, actor(request, name.to_owned()), "auth.code_mailed", purpose);
}

/// Notes what a member was refused, or an administrator: a wrong proof of who they are, or none.
pub fn look<B>(app: &App, actor: &Actor, response: &ServiceResponse<B>) {
    let error = response.response().error().and_then(|error| error.as_error::<Admin>());
    let Some(Admin(error)) = error else { return };
    let action = match (error.code, response.request().path().ends_with("/sudo")) {
        (ErrorCode::SudoRequired, _) => {
            return sum_up(app, actor.clone(), "auth.sudo_missing", error.code.as_str());
        }
        (_, true) => "auth.sudo_failed",
        (_, false) => "auth.proof_failed",
    };
    failed(app, actor.clone(), action, error);
}

impl Administrator {
    /// Notes that somebody was refused administrators' work who has shown a session or a token.
    pub fn refused(request: &HttpRequest, app: &App, name: &str, error: &ApiError) {
        let actor = actor(request, name.to_owned());
        match error.code {
            ErrorCode::Unauthorized | ErrorCode::Forbidden | ErrorCode::TotpSetupRequired => {
                sum_up(app, actor, "auth.admin_refused", error.code.as_str());
            }
            _ => failed(app, actor, "auth.admin_refused", error),
        }
    }
}

fn failed(app: &App, actor: Actor, action: &'static str, error: &ApiError) {
    let action = match error.code {
        ErrorCode::RateLimited | ErrorCode::TooManyTries => LIMIT,
        ErrorCode::WrongCredentials
        | ErrorCode::WrongCode
        | ErrorCode::TotpWrong
        | ErrorCode::AccountDisabled
        | ErrorCode::AccountPending
        | ErrorCode::InvitationRequired => action,
        _ => return,
    };
    sum_up(app, actor, action, error.code.as_str());
}

fn sum_up(app: &App, actor: Actor, action: &'static str, reason: &'static str) {
    let address: Option<IpAddr> = actor.address.parse().ok();
    let network = networks(address).pop().map(|widest| widest.name).unwrap_or_default();
    app.failures.note(Failure { action, actor, network, reason }, app.clock.now());
}
