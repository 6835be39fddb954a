//! The one gate for request bodies: how large, how slow, and how many at once.
//!
//! A body is read whole, since a retry needs it again. Whoever reads one has counted its caller
//! before, and holds the permit of its token. What arrives is charged to the budget of
//! [`Bodies`](crate::bodies::Bodies) for as long as it is in memory.

mod decode;
mod growing;
pub mod held;
mod memory;
mod patience;

use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use self::growing::{Growing, too_large};
pub use self::patience::Patience;
use crate::app::App;
use crate::bodies::{Charge, Owner};
use crate::config::Server;
use crate::error::{ApiError, ErrorCode};

/// Size that a body may have, and time that its client may take.
pub struct Bounds {
    max: usize,
    patience: Patience,
}

impl Bounds {
    /// Up to `MAX_BODY_BYTES`.
    pub fn large(config: &Server) -> Self {
        let max = usize::try_from(config.max_body_bytes).unwrap_or(usize::MAX);
        Self { max, patience: Patience::new(config) }
    }

    /// Up to so many bytes, in no more time than a client may pause: nobody needs longer for a
    /// small body.
    pub fn small(config: &Server, max: usize) -> Self {
        Self { max, patience: Patience::short(config) }
    }
}

/// Reads the body, refusing one that is too large before it is read where the client tells its
/// length, one whose client stops sending or takes too long, and one for which there is no memory.
/// A compressed body is decoded, and the same limit holds for what comes of it.
pub async fn read(
    app: &App,
    request: &HttpRequest,
    payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    owner: Owner,
    bounds: Bounds,
) -> Result<Bytes, ApiError> {
    let coding = decode::coding(request)?;
    let body = as_sent(request, payload, bounds, app.bodies.charge(owner)).await?;
    match coding {
        None => Ok(body.done()),
        Some(coding) => decode::decode(coding, body).await,
    }
}

async fn as_sent(
    request: &HttpRequest,
    mut payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    bounds: Bounds,
    charge: Charge,
) -> Result<Growing, ApiError> {
    let Bounds { max, mut patience } = bounds;
    let length = request.headers().get(CONTENT_LENGTH);
    let length: Option<usize> = length.and_then(|value| value.to_str().ok()?.parse().ok());
    if let Some(length) = length {
        if length > max {
            return Err(too_large(max));
        }
        // Told now, the client is spared sending what could not be kept.
        charge.check(length).map_err(|full| charge.refused(full))?;
    }
    let mut body = Growing::new(charge, max, length);
    while let Some(piece) = next(&mut payload, &mut patience).await? {
        body.push(piece)?;
    }
    Ok(body)
}

/// The next piece; `None` at the end. 408 when none comes in time.
pub async fn next(
    payload: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
    patience: &mut Patience,
) -> Result<Option<Bytes>, ApiError> {
    let piece = patience.wait(payload.next()).await?.transpose();
    piece.map_err(|_| ApiError::new(ErrorCode::Malformed, "the body broke off or can't be read"))
}
