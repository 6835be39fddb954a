//! Whether whoever watches still may: a session or a role can end while a socket is open.

use std::time::Duration;

use actix_web::{rt, web};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::time::sleep;

use crate::accounts::administrator;
use crate::app::App;
use crate::auth::Use;
use crate::error::{ApiError, ErrorCode};
use crate::http::extract::{Member, TokenSession, use_of};
use crate::models::session::Session;

/// How often it is looked at: 64 who watch are 64 short questions.
const EVERY: Duration = Duration::from_secs(1);

/// What somebody watches by.
#[derive(Clone)]
pub enum Pass {
    /// A session.
    Session(Member),
    /// A session that the admin token has begun.
    TokenSession(TokenSession),
    /// The admin token, with this hash.
    Token([u8; 32]),
}

/// Is ready when they no longer may: the session has ended or was unused for too long, or the admin
/// token is another one. While the database can't be asked, they may.
pub fn revoked(app: web::Data<App>, pass: Pass) -> LocalBoxFuture<'static, ()> {
    async move {
        loop {
            sleep(EVERY).await;
            let (app, pass) = (app.clone(), pass.clone());
            // On a task of its own: a socket that ends must not abandon a statement half-way.
            let looking = rt::spawn(async move { still_may(&app, &pass).await });
            if matches!(looking.await, Ok(Ok(false))) {
                return;
            }
        }
    }
    .boxed_local()
}

async fn still_may(app: &App, pass: &Pass) -> Result<bool, ApiError> {
    match pass {
        Pass::Token(hash) => Ok(app.admin.opens_to(hash)),
        Pass::TokenSession(session) => session.still_opens(app).await,
        Pass::Session(member) => is_administrator(app, member).await,
    }
}

async fn is_administrator(app: &App, member: &Member) -> Result<bool, ApiError> {
    let (mut conn, now) = (app.database.get().await?, app.clock.now());
    let found = Session::with_user(&mut conn, &member.session, now.naive()).await?;
    let Some((session, user)) = found.filter(|(_, user)| user.is_active) else { return Ok(false) };
    drop(conn);
    if use_of(app, &session, &user, now) == Use::Ended {
        return Ok(false);
    }
    let refusal = administrator::check(app, &user).await.err();
    Ok(refusal.is_none_or(|refusal| refusal.code == ErrorCode::Unavailable))
}
