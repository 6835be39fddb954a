//! Whoever changes what an account hangs on shows once more who they are.

use super::{door, ticket, wrong_code};
use crate::accounts::codes::Ticket;
use crate::app::App;
use crate::auth::Email;
use crate::db::Conn;
use crate::error::{ApiError, ErrorCode, invalid};
use crate::http::extract::Member;
use crate::mail::Purpose;
use crate::models::user::Credentials;

/// The password, or a code by mail.
pub struct Proof<'a> {
    pub password: Option<&'a str>,
    pub code: Option<&'a str>,
}

/// It was right. A code is to be taken in the transaction that it opens.
pub struct Proven(Option<Ticket>);

impl Proof<'_> {
    /// 401 for a wrong password, 422 for a wrong code, 429 after too many.
    pub async fn check(
        &self,
        app: &App,
        member: &Member,
        purpose: Purpose,
    ) -> Result<Proven, ApiError> {
        let email = Email::parse(&member.user.email).ok_or_else(wrong_code)?;
        match (self.password, self.code) {
            (Some(password), None) => {
                by_password(app, &email, password).await?;
                Ok(Proven(None))
            }
            (None, Some(code)) => {
                let mut conn = app.database.get().await?;
                Ok(Proven(Some(ticket(app, &mut conn, &email, purpose, code).await?)))
            }
            _ => Err(invalid("password", "name the password, or a code that was mailed")),
        }
    }
}

async fn by_password(app: &App, email: &Email, password: &str) -> Result<(), ApiError> {
    door::count_password(app, email).await?;
    let known = Credentials::by_email(&mut app.database.get().await?, email.as_str()).await?;
    let hash = known.as_ref().and_then(|known| known.password_hash.as_deref());
    if !app.passwords.is_right(password, hash).await? {
        return Err(ApiError::new(ErrorCode::WrongCredentials, "the password is wrong"));
    }
    door::forget_passwords(app, email).await;
    Ok(())
}

impl Proven {
    /// Uses a code up.
    pub async fn take(&self, conn: &mut Conn<'_>) -> Result<(), ApiError> {
        match &self.0 {
            Some(ticket) if !ticket.take(conn).await? => Err(wrong_code()),
            _ => Ok(()),
        }
    }
}
