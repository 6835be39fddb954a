//! Reading along: what passes through unchanged is looked at for usage, errors and a proper end.

mod json;
mod seen;
mod sse;
#[cfg(test)]
mod tests;

use std::io::Write;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;

use self::json::JsonScan;
pub use self::seen::Seen;
use self::sse::SseScan;
use super::redact::Redactor;
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::judge::judge_inside;
use crate::provider::{Kind, WAIT_MAX_SECS};

enum Scan {
    Sse(SseScan),
    Json(JsonScan),
}

/// Reads an answer that was unpacked, without the key.
struct Unpacked {
    scan: Scan,
    redactor: Redactor,
}

impl Write for Unpacked {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let clean = self.redactor.pass(Bytes::copy_from_slice(bytes));
        self.scan.feed(&clean);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

enum Decoder {
    Plain(Scan),
    Gzip(Box<MultiGzDecoder<Unpacked>>),
}

/// Reads an answer as it passes.
pub struct Inspector {
    decoder: Decoder,
    sse: bool,
    wait_max_secs: i64,
}

/// Whether and how a body is packed, by its `Content-Encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Plain,
    /// As the pool asks for.
    Gzip,
    /// In a way that can't be read, and so can't be looked through for the key.
    Unreadable,
}

/// Encodings that the pool never asks for and can't read.
const UNREAD: [&str; 5] = ["br", "zstd", "deflate", "compress", "x-compress"];

/// Packing by these values of `Content-Encoding`. An unknown name (`utf-8`, `none`) is mostly a
/// slip over a body that is as it should be.
pub fn packing<'a>(values: impl Iterator<Item = &'a str>) -> Packing {
    let names = values.flat_map(|value| value.split(',')).map(str::trim);
    let mut names = names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"));
    let Some(name) = names.next() else { return Packing::Plain };
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    if names.next().is_some() || UNREAD.iter().any(is) {
        Packing::Unreadable
    } else if ["gzip", "x-gzip"].iter().any(is) {
        Packing::Gzip
    } else {
        Packing::Plain
    }
}

impl Inspector {
    /// For an answer of this kind that comes as it is.
    pub fn new(sse: bool) -> Self {
        Self { decoder: Decoder::Plain(Scan::new(sse)), sse, wait_max_secs: WAIT_MAX_SECS }
    }

    /// For an answer of this kind that comes packed: it looks for the key, too, since that can't
    /// be found in what passes.
    pub fn unpacking(sse: bool, redactor: Redactor) -> Self {
        let unpacked = Unpacked { scan: Scan::new(sse), redactor };
        let decoder = Decoder::Gzip(Box::new(MultiGzDecoder::new(unpacked)));
        Self { decoder, sse, wait_max_secs: WAIT_MAX_SECS }
    }

    /// The same, believing waits that an error names up to so many seconds.
    pub fn believing(self, wait_max_secs: i64) -> Self {
        Self { wait_max_secs, ..self }
    }

    /// Whether the answer is a stream of events.
    pub fn is_sse(&self) -> bool {
        self.sse
    }

    /// Whether text can be added to the stream as it is.
    pub fn is_plain(&self) -> bool {
        matches!(self.decoder, Decoder::Plain(_))
    }

    /// The redactor, when the key was found in an answer that comes packed: it must not pass.
    pub fn leak(&mut self) -> Option<&mut Redactor> {
        match &mut self.decoder {
            Decoder::Plain(_) => None,
            Decoder::Gzip(gzip) => {
                let redactor = &mut gzip.get_mut().redactor;
                redactor.has_found().then_some(redactor)
            }
        }
    }

    /// Whether an answer that comes packed has the key in it, or can't be unpacked to see: nothing
    /// of it may pass.
    pub fn must_not_pass(&self) -> bool {
        match &self.decoder {
            Decoder::Plain(_) => false,
            Decoder::Gzip(gzip) => {
                let Unpacked { scan, redactor } = gzip.get_ref();
                redactor.has_found() || scan.seen().malformed
            }
        }
    }

    /// Looks at a piece.
    pub fn feed(&mut self, bytes: &[u8]) {
        match &mut self.decoder {
            Decoder::Plain(scan) => scan.feed(bytes),
            Decoder::Gzip(gzip) => {
                if gzip.write_all(bytes).and_then(|()| gzip.flush()).is_err() {
                    gzip.get_mut().scan.seen_mut().malformed = true;
                }
            }
        }
    }

    /// Nothing more comes.
    pub fn end(&mut self) {
        if let Decoder::Gzip(gzip) = &mut self.decoder {
            let bad = gzip.try_finish().is_err();
            let Unpacked { scan, redactor } = gzip.get_mut();
            scan.feed(&redactor.rest());
            scan.seen_mut().malformed |= bad;
        }
        match self.scan_mut() {
            Scan::Sse(sse) => sse.end(),
            Scan::Json(json) => json.end(),
        }
    }

    /// What was seen so far.
    pub fn seen(&self) -> &Seen {
        match &self.decoder {
            Decoder::Plain(scan) => scan.seen(),
            Decoder::Gzip(gzip) => gzip.get_ref().scan.seen(),
        }
    }

    /// The verdict over an answer that has ended.
    pub fn verdict(&self, kind: Kind, now: Millis) -> Verdict {
        let seen = self.seen();
        let provider = |reason| Verdict::new(Effect::Overloaded, reason);
        match &seen.error {
            Some(error) => judge_inside(kind, error, self.wait_max_secs, now),
            None if !seen.anything => provider(Reason::EmptyAnswer),
            None if seen.malformed => provider(Reason::MalformedAnswer),
            None if !seen.finished => provider(Reason::Truncated),
            None => Verdict::SUCCESS,
        }
    }

    fn scan_mut(&mut self) -> &mut Scan {
        match &mut self.decoder {
            Decoder::Plain(scan) => scan,
            Decoder::Gzip(gzip) => &mut gzip.get_mut().scan,
        }
    }
}

impl Scan {
    fn new(sse: bool) -> Self {
        if sse { Self::Sse(SseScan::default()) } else { Self::Json(JsonScan::default()) }
    }

    fn feed(&mut self, bytes: &[u8]) {
        match self {
            Self::Sse(sse) => sse.scan(bytes),
            Self::Json(json) => json.scan(bytes),
        }
    }

    fn seen(&self) -> &Seen {
        match self {
            Self::Sse(sse) => &sse.seen,
            Self::Json(json) => &json.seen,
        }
    }

    fn seen_mut(&mut self) -> &mut Seen {
        match self {
            Self::Sse(sse) => &mut sse.seen,
            Self::Json(json) => &mut json.seen,
        }
    }
}
