//! What an upstream says with an error status: for the verdict, and for the client.

use std::io::Read;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use flate2::read::MultiGzDecoder;
use tokio::time::Instant;

use super::{Failed, Refused};
use crate::clock::Clock;
use crate::config::Upstream;
use crate::pool::verdict::Effect;
use crate::provider::Kind;
use crate::provider::judge::{ToldWait, judge};
use crate::upstream::client::Response;
use crate::upstream::headers::{self, Passing};
use crate::upstream::inspect::{Packing, packing};
use crate::upstream::redact::Redactor;
use crate::upstream::said::Said;

/// The longest error that passes to the client, packed or not.
const ERROR_MAX: usize = 1 << 20;

/// By then an error must be here whole, or is judged by what there is of it.
const ERROR_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads what the upstream says with an error status, and judges it.
pub async fn refused(
    kind: Kind,
    response: Response,
    config: &Upstream,
    clock: &Clock,
    mut redactor: Redactor,
) -> Failed {
    let Response { status, headers: sent, source } = response;
    let deadline = Instant::now() + ERROR_TIMEOUT.min(config.idle_timeout());
    let start = source.start(ERROR_MAX, deadline).await;
    let packing = packing(headers::texts(&sent, "content-encoding"));
    let is_whole = start.broken.is_none() && !start.is_cut && packing != Packing::Unreadable;
    let packed = packing == Packing::Gzip;
    let (mut plain, is_unpacked) = match packed {
        true => gunzip(&start.bytes, ERROR_MAX),
        false => (start.bytes.clone(), true),
    };
    let leaks = redactor.redact(&mut plain);
    let words = String::from_utf8_lossy(&plain);
    let wait_max_secs = config.upstream_wait_max_secs;
    let told = ToldWait::from_headers(|name| headers::text(&sent, name), wait_max_secs);
    let verdict = judge(kind, status.as_u16(), told, &words, clock.now());
    let said = Said::in_body(&words);
    let mut headers = headers::to_client(&sent);
    redactor.redact_headers(&mut headers);
    let refusal = (verdict.effect == Effect::Neutral).then(|| {
        let body = if packed && !leaks { start.bytes } else { plain };
        match is_whole && is_unpacked {
            true => passed(status, headers, body, packed && leaks),
            false => summary(status, headers),
        }
    });
    Failed { verdict, refusal, status: status.as_u16(), is_final: false, said }
}

/// The upstream's own words, unpacked if they had to be.
fn passed(status: StatusCode, mut headers: Passing, body: Vec<u8>, unpacked: bool) -> Refused {
    if unpacked {
        headers.retain(|(name, _)| *name != CONTENT_ENCODING);
    }
    Refused { status, headers, body }
}

/// In place of words that are not there whole: half of a JSON text is worse than none.
fn summary(status: StatusCode, mut headers: Passing) -> Refused {
    let message = "The upstream refused the request. Its message was too long, broke off or could \
                   not be read, and is left out.";
    let error = serde_json::json!({"error": {
        "message": message, "type": "invalid_request_error", "param": null, "code": null,
    }});
    headers.retain(|(name, _)| *name != CONTENT_ENCODING && *name != CONTENT_TYPE);
    headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    Refused { status, headers, body: error.to_string().into_bytes() }
}

/// Unpacks at most this much of a text, as far as it can be read; and whether that is all of it.
pub fn gunzip(packed: &[u8], limit: usize) -> (Vec<u8>, bool) {
    let mut plain = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let mut unpacking = MultiGzDecoder::new(packed).take(most);
    let is_whole = unpacking.read_to_end(&mut plain).is_ok() && plain.len() < limit;
    (plain, is_whole)
}
