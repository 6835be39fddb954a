//! [`Sudo`]: an administrator who has just shown who they are.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::TimeDelta;

use super::{Administrator, By, Member, app};
use crate::clock::Millis;
use crate::error::{Admin, ApiError, ErrorCode};

/// How long a session may do what takes sudo after its user has shown who they are, in seconds.
pub const SUDO_SECS: i64 = 300;

/// As [`Administrator`], for what carries secrets or grants power: their session has shown its
/// password, or its second factor where the user has one, within the last five minutes. So a
/// session that was left open, or a cookie that was stolen, is not enough. 403 `sudo_required`
/// otherwise; `POST /api/auth/sudo` shows it.
///
/// It must be a handler's first argument: extractors are asked in order, and this one answers at
/// once, so that nothing of a body is told before.
///
/// The admin token needs no sudo where it is shown with the request. It is the operator's own
/// credential; scripts have nobody who could type a password, and whoever holds it could give any
/// user a role, a password and no second factor. A browser's session that the token has begun needs
/// sudo as others do, and has it by showing the token, which begins a new one.
#[derive(Debug, Clone)]
pub struct Sudo(pub Administrator);

impl FromRequest for Sudo {
    type Error = Admin;
    type Future = Ready<Result<Self, Admin>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let found = Administrator::from_request(request, payload).into_inner();
        ready(found.and_then(|administrator| {
            administrator.sudo(app(request)?.clock.now())?;
            Ok(Self(administrator))
        }))
    }
}

impl Administrator {
    /// Refuses a session that has to show first who its user is: for handlers that need [`Sudo`]
    /// only for some of what can be asked of them.
    pub fn sudo(&self, now: Millis) -> Result<(), ApiError> {
        match &self.1 {
            By::Token => Ok(()),
            By::TokenSession(session) if session.has_sudo(now) => Ok(()),
            By::TokenSession(_) => {
                let words = "show the admin token once more: POST /api/auth/admin-session";
                Err(ApiError::new(ErrorCode::SudoRequired, words))
            }
            By::Session(member) => member.sudo(now),
        }
    }
}

impl Member {
    /// When the session's sudo ends; `None` when it has none.
    pub fn sudo_until(&self, now: Millis) -> Option<Millis> {
        let until = Millis::from(self.proven_at? + TimeDelta::seconds(SUDO_SECS));
        Some(until).filter(|until| *until > now)
    }

    /// Refuses a session without sudo.
    pub fn sudo(&self, now: Millis) -> Result<(), ApiError> {
        if self.sudo_until(now).is_some() {
            return Ok(());
        }
        let words = "show your password, or your second factor if you have one, once more: \
                     POST /api/auth/sudo";
        Err(ApiError::new(ErrorCode::SudoRequired, words))
    }
}
