//! An administrator who shows their second factor once more.

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpRequest};

use super::{Administrator, Extracting, app};
use crate::accounts::second_factor;
use crate::error::Admin;

/// Where the code is.
const TOTP_CODE: HeaderName = HeaderName::from_static("x-totp-code");

/// As [`Administrator`], for what carries secrets away: whoever is signed in with a second factor
/// shows another code of it, so that a session left open is not enough.
#[derive(Debug, Clone)]
pub struct Confirmed(pub Administrator);

impl FromRequest for Confirmed {
    type Error = Admin;
    type Future = Extracting<Self, Admin>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (found, request) = (Administrator::from_request(request, payload), request.clone());
        Box::pin(async move {
            let administrator = found.await?;
            if let Some(member) = &administrator.1 {
                let app = app(&request)?;
                let code = request.headers().get(TOTP_CODE).and_then(|code| code.to_str().ok());
                let mut conn = app.database.get().await?;
                second_factor::check(app, &mut conn, member.user.id, code).await?;
            }
            Ok(Self(administrator))
        })
    }
}
