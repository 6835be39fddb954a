//! A client's way through its token's limits, and what its answer says of them.

use actix_web::HttpResponse;

use crate::app::App;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::limits::{Admitted, Permit, Standing, overwrite};

/// A request's place among those of its token.
#[derive(Default)]
pub struct Place {
    /// To be held until the request is over; there is none where nothing is limited.
    pub permit: Option<Permit>,
    /// What the answer tells of the limits.
    pub standing: Standing,
}

/// Lets the request in, or refuses it with 429: before its body is read, so that nobody holds more
/// bodies in memory than their token may have requests at once. Costs a token without limits
/// nothing.
pub async fn enter(app: &App, caller: &Caller) -> Result<Place, ApiError> {
    let Some(limits) = &caller.limits else { return Ok(Place::default()) };
    let Admitted { permit, standing } = app.limiter.admit(caller.token, limits).await?;
    Ok(Place { permit: Some(permit), standing })
}

/// The answer, good or bad, with the token's own limits in its headers, if it has such.
pub fn tell(
    answer: Result<HttpResponse, ApiError>,
    standing: &Standing,
) -> Result<HttpResponse, ApiError> {
    match answer {
        Ok(mut response) => {
            overwrite(response.headers_mut(), standing);
            Ok(response)
        }
        Err(mut error) => {
            error.headers.extend(standing.headers());
            Err(error)
        }
    }
}
