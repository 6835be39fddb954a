//! Bodies that a client has compressed. Nothing is trusted in them: what a few bytes decode to is
//! bounded, and so is the memory that decoding takes.

use std::io::{Cursor, Read};

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_ENCODING;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use super::growing::Growing;
use crate::error::{ApiError, ErrorCode};

/// The largest window of Zstandard that is decoded, 8 MiB: what RFC 9659 allows in HTTP.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Bytes that are decoded at once.
const PIECE: usize = 32 << 10;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
}

/// How this request's body is compressed; `None` when it isn't. 415 for anything that is not read
/// here, several codings over one another included.
pub fn coding(request: &HttpRequest) -> Result<Option<Coding>, ApiError> {
    let mut named = request.headers().get_all(CONTENT_ENCODING);
    let Some(first) = named.next() else { return Ok(None) };
    let name = first.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    match name.as_str() {
        _ if named.next().is_some() => Err(unknown()),
        "" | "identity" => Ok(None),
        "gzip" | "x-gzip" => Ok(Some(Coding::Gzip)),
        "zstd" => Ok(Some(Coding::Zstd)),
        _ => Err(unknown()),
    }
}

fn unknown() -> ApiError {
    let words = "`Content-Encoding` must be `gzip`, `zstd` or `identity`, and only one of them";
    let mut error = ApiError::new(ErrorCode::UnsupportedMediaType, words);
    error.headers.push(("accept-encoding", "gzip, zstd, identity".to_owned()));
    error
}

/// What the body says, on a thread that may take its time. 413 when that is more than there is room
/// for, 400 when it can't be decoded, 429 or 503 when there is no memory for it.
pub async fn decode(coding: Coding, body: Growing) -> Result<Bytes, ApiError> {
    let (body, to) = body.decoding();
    let decoding = actix_web::rt::task::spawn_blocking(move || decoded(coding, body, to)).await;
    decoding.map_err(|_| ApiError::new(ErrorCode::Unavailable, "the pool is busy"))?
}

fn decoded(coding: Coding, body: Bytes, to: Growing) -> Result<Bytes, ApiError> {
    let body = Cursor::new(body);
    match coding {
        Coding::Gzip => read_into(MultiGzDecoder::new(body), to, 0),
        Coding::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(body).map_err(|_| corrupt())?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|_| corrupt())?;
            read_into(decoder, to, 1 << ZSTD_WINDOW_LOG_MAX)
        }
    }
}

/// Reads to the end, piece by piece: what a few bytes decode to is refused as soon as it is too
/// much. As much of it as the decoder's window has is in memory twice.
fn read_into(
    mut decoder: impl Read,
    mut to: Growing,
    window_max: usize,
) -> Result<Bytes, ApiError> {
    let sent = to.charged_beside();
    let mut piece = vec![0; PIECE];
    loop {
        let read = decoder.read(&mut piece).map_err(|_| corrupt())?;
        match piece.get(..read) {
            None | Some([]) => break,
            Some(decoded) => {
                to.beside(sent + window_max.min(to.len() + read))?;
                to.extend(decoded)?;
            }
        }
    }
    drop(decoder);
    Ok(to.done())
}

fn corrupt() -> ApiError {
    ApiError::new(ErrorCode::Malformed, "the body is not what its `Content-Encoding` says")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use actix_web::test::TestRequest;
    use bytes::Bytes;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::growing::Growing;
    use super::{Coding, coding, decoded};
    use crate::bodies::{Bodies, Owner};
    use crate::error::{ApiError, ErrorCode};

    fn decoded_within(coding: Coding, body: Bytes, max: usize) -> Result<Bytes, ApiError> {
        let charge = Bodies::new(1 << 20).charge(Owner::Token(1));
        decoded(coding, body, Growing::new(charge, max, None))
    }

    fn gzip(text: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).expect("memory");
        Bytes::from(encoder.finish().expect("memory"))
    }

    fn zstd(text: &[u8]) -> Bytes {
        Bytes::from(zstd::encode_all(text, 19).expect("memory"))
    }

    #[test]
    fn both_codings_up_to_the_limit() {
        let text = b"x".repeat(100_000);
        for (coding, body) in [(Coding::Gzip, gzip(&text)), (Coding::Zstd, zstd(&text))] {
            assert!(body.len() < 1000);
            assert_eq!(decoded_within(coding, body.clone(), text.len()).expect("it fits"), text);
            let over =
                decoded_within(coding, body.clone(), text.len() - 1).expect_err("one too many");
            assert_eq!(over.code, ErrorCode::BodyTooLarge);
            let cut = decoded_within(coding, body.slice(..body.len() - 1), text.len());
            assert_eq!(cut.expect_err("its end is missing").code, ErrorCode::Malformed);
            let other = decoded_within(coding, Bytes::from_static(b"{\"model\":\"m\"}"), 1000);
            assert_eq!(other.expect_err("not compressed").code, ErrorCode::Malformed);
        }
        let two = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(decoded_within(Coding::Gzip, two.into(), 100).expect("two members"), "one two");
    }

    #[test]
    fn what_is_decoded_is_charged_as_it_comes() {
        let bodies = Bodies::new(300_000);
        let text = b"x".repeat(250_000);
        let to = |max| Growing::new(bodies.charge(Owner::Token(1)), max, None);
        let body = decoded(Coding::Gzip, gzip(&text[..100_000]), to(100_000)).expect("it fits");
        assert_eq!(bodies.held(), 100_000);
        let error = decoded(Coding::Zstd, zstd(&text), to(300_000)).expect_err("no memory");
        assert_eq!(error.code, ErrorCode::TokenBodies);
        assert_eq!(bodies.held(), 100_000);
        drop(body);
        assert_eq!(bodies.held(), 0);
    }

    #[test]
    fn a_window_larger_than_http_allows_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("memory");
        encoder.window_log(27).expect("a window");
        encoder.write_all(b"x").expect("memory");
        encoder.flush().expect("memory");
        let body = encoder.finish().expect("memory");
        let error = decoded_within(Coding::Zstd, body.into(), 1000).expect_err("refused");
        assert_eq!(error.code, ErrorCode::Malformed);
    }

    #[test]
    fn what_a_request_may_say() {
        let ask = |values: &[&str]| {
            let mut request = TestRequest::default();
            for value in values {
                request = request.append_header(("content-encoding", *value));
            }
            coding(&request.to_http_request()).map_err(|error| error.code)
        };
        assert_eq!(ask(&[]), Ok(None));
        assert_eq!(ask(&["identity"]), Ok(None));
        assert_eq!(ask(&["GZIP"]), Ok(Some(Coding::Gzip)));
        assert_eq!(ask(&["x-gzip"]), Ok(Some(Coding::Gzip)));
        assert_eq!(ask(&["zstd"]), Ok(Some(Coding::Zstd)));
        for refused in [&["br"][..], &["deflate"], &["gzip, gzip"], &["gzip", "gzip"]] {
            assert_eq!(ask(refused), Err(ErrorCode::UnsupportedMediaType), "{refused:?}");
        }
    }
}
