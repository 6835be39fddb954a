//! Reading a client's body: whole, since a retry needs it again, and not too much of it.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use crate::config::Server;
use crate::error::{ApiError, ErrorCode};

/// Reads the body, refusing one that is too large before it is read where the client tells its
/// length, and one whose client stops sending.
pub async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    config: &Server,
) -> Result<Bytes, ApiError> {
    let limit = usize::try_from(config.max_body_bytes).unwrap_or(usize::MAX);
    let length = request.headers().get(CONTENT_LENGTH);
    let length: Option<usize> = length.and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let idle = Duration::from_secs(config.body_idle_timeout_secs);
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(piece) = next(&mut payload, idle).await? {
        if first.len().max(whole.len()) + piece.len() > limit {
            return Err(too_large(limit));
        }
        // Most bodies come in one piece, which is kept as it is.
        if first.is_empty() && whole.is_empty() {
            first = piece;
            continue;
        }
        if whole.is_empty() {
            whole.reserve(length.unwrap_or(first.len() * 2));
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// The next piece; `None` at the end. 408 when none comes for so long.
pub async fn next(payload: &mut Payload, idle: Duration) -> Result<Option<Bytes>, ApiError> {
    match tokio::time::timeout(idle, payload.next()).await {
        Ok(Some(Ok(piece))) => Ok(Some(piece)),
        Ok(None) => Ok(None),
        Ok(Some(Err(_))) => {
            Err(ApiError::new(ErrorCode::Malformed, "the body broke off or can't be read"))
        }
        Err(_) => Err(ApiError::new(ErrorCode::RequestTimeout, "the body did not come in time")),
    }
}

fn too_large(limit: usize) -> ApiError {
    ApiError::new(ErrorCode::BodyTooLarge, format!("the body may have at most {limit} bytes"))
}
