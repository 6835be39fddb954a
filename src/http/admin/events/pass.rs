//! Whether whoever watches still may: a session or a role can end while a socket is open.

use std::future::pending;
use std::time::Duration;

use actix_web::{rt, web};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::time::sleep;

use crate::app::App;
use crate::db::DatabaseError;
use crate::http::extract::Member;
use crate::models::session::Session;

/// How often it is looked at: 64 who watch are 64 short questions.
const EVERY: Duration = Duration::from_secs(1);

/// Is ready when they no longer may, which never comes for the admin token. While the database
/// can't be asked, they may.
pub fn revoked(app: web::Data<App>, member: Option<Member>) -> LocalBoxFuture<'static, ()> {
    let Some(member) = member else { return pending().boxed_local() };
    async move {
        loop {
            sleep(EVERY).await;
            let (app, member) = (app.clone(), member.clone());
            // On a task of its own: a socket that ends must not abandon a statement half-way.
            let looking = rt::spawn(async move { still_may(&app, &member).await });
            if matches!(looking.await, Ok(Ok(false))) {
                return;
            }
        }
    }
    .boxed_local()
}

async fn still_may(app: &App, member: &Member) -> Result<bool, DatabaseError> {
    let (mut conn, now) = (app.database.get().await?, app.clock.now().naive());
    let found = Session::with_user(&mut conn, &member.session, now).await?;
    let now = found.map(|(session, user)| Member { user, session: session.id });
    Ok(now.is_some_and(|member| member.user.is_active && member.is_administrator()))
}
