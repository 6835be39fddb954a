//! News about an account, by mail.

use crate::app::App;
use crate::auth::Email;
use crate::db::Conn;
use crate::mail::{Language, Message};
use crate::models::user::User;

/// Tells a user what has happened to their account. It has happened, so a mail that can't go out
/// fails nothing.
pub fn tell(app: &App, user: &User, message: Message) {
    let Some(email) = Email::parse(&user.email) else { return };
    let language = Language::parse(&user.language).unwrap_or_default();
    let link = app.config.server.public_url.join("");
    if app.actors.mail.post(&email, language, message, link.as_deref()).is_err() {
        log::warn!("a mail about an account was not taken: too many wait");
    }
}

/// Tells all administrators who have an account and are let in.
pub async fn tell_administrators(
    app: &App,
    conn: &mut Conn<'_>,
    message: &Message,
) -> diesel::QueryResult<()> {
    for user in User::administrators(conn).await? {
        tell(app, &user, message.clone());
    }
    Ok(())
}
