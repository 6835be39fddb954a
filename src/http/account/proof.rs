//! Whoever changes what an account hangs on shows once more who they are.

use super::{ticket, wrong_code};
use crate::accounts::codes::Ticket;
use crate::accounts::passwords::Tries;
use crate::accounts::second_factor;
use crate::accounts::visitor::Visitor;
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
    /// 401 for a wrong password, 422 for a wrong code, 429 after too many. Where the member has a
    /// second factor, neither is enough: the session needs sudo besides, or it is 403.
    pub async fn check(
        &self,
        app: &App,
        member: &Member,
        purpose: Purpose,
    ) -> Result<Proven, ApiError> {
        if second_factor::is_set(&mut app.database.get().await?, member.user.id).await? {
            member.sudo(app.clock.now())?;
        }
        let email = Email::parse(&member.user.email).ok_or_else(wrong_code)?;
        let visitor = Visitor::signed_in(&member.session);
        match (self.password, self.code) {
            (Some(password), None) => {
                by_password(app, &visitor, &email, password).await?;
                Ok(Proven(None))
            }
            (None, Some(code)) => {
                Ok(Proven(Some(ticket(app, &visitor, &email, purpose, code).await?)))
            }
            _ => Err(invalid("password", "name the password, or a code that was mailed")),
        }
    }
}

/// Who has this password. Each try counts as one at sign-in.
pub(super) async fn by_password(
    app: &App,
    visitor: &Visitor,
    email: &Email,
    password: &str,
) -> Result<Credentials, ApiError> {
    let tries = Tries::begin(app, visitor, email).await?;
    let known = Credentials::by_email(&mut app.database.get().await?, email.as_str()).await?;
    let hash = known.as_ref().and_then(|known| known.password_hash.as_deref());
    let right = app.passwords.is_right(&visitor.sign_in_lane(), password, hash).await?;
    let wrong = || ApiError::new(ErrorCode::WrongCredentials, "the password is wrong");
    let known = known.filter(|_| right).ok_or_else(wrong)?;
    tries.right().await;
    Ok(known)
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
