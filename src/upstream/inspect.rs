//! Reading along: what passes through unchanged is looked at for usage, errors and a proper end.

mod json;
mod sse;
#[cfg(test)]
mod tests;

use std::io::Write;

use flate2::write::GzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;

use self::json::JsonScan;
use self::sse::SseScan;
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::Kind;
use crate::provider::judge::judge_inside;
use crate::stats::Tokens;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Seen {
    /// Any event, or any byte of a plain body.
    pub anything: bool,
    /// A finish reason or the end mark.
    pub finished: bool,
    /// The error inside, as JSON.
    pub error: Option<String>,
    /// Not what it should be.
    pub malformed: bool,
    /// As the upstream counted.
    pub tokens: Tokens,
    /// Events of a stream, the end mark not among them.
    pub events: u64,
}

enum Scan {
    Sse(SseScan),
    Json(JsonScan),
}

impl Write for Scan {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Sse(sse) => sse.scan(bytes),
            Self::Json(json) => json.scan(bytes),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

enum Decoder {
    Plain(Scan),
    Gzip(Box<GzDecoder<Scan>>),
    /// An encoding that can't be read: the answer passes unread.
    Blind(Scan),
}

/// Reads an answer as it passes.
pub struct Inspector {
    decoder: Decoder,
    sse: bool,
}

impl Inspector {
    /// For an answer of this kind and encoding.
    pub fn new(sse: bool, encoding: Option<&str>) -> Self {
        let scan =
            if sse { Scan::Sse(SseScan::default()) } else { Scan::Json(JsonScan::default()) };
        let decoder = match encoding.map(str::trim) {
            None | Some("" | "identity") => Decoder::Plain(scan),
            Some("gzip") => Decoder::Gzip(Box::new(GzDecoder::new(scan))),
            Some(_) => Decoder::Blind(scan),
        };
        Self { decoder, sse }
    }

    /// Whether the answer is a stream of events.
    pub fn is_sse(&self) -> bool {
        self.sse
    }

    /// Whether text can be added to the stream as it is.
    pub fn is_plain(&self) -> bool {
        matches!(self.decoder, Decoder::Plain(_))
    }

    /// Looks at a piece.
    pub fn feed(&mut self, bytes: &[u8]) {
        let written = match &mut self.decoder {
            Decoder::Plain(scan) => scan.write_all(bytes),
            Decoder::Gzip(gzip) => gzip.write_all(bytes).and_then(|()| gzip.flush()),
            Decoder::Blind(scan) => {
                let seen = scan.seen_mut();
                seen.anything |= !bytes.is_empty();
                seen.finished = true;
                Ok(())
            }
        };
        if written.is_err() {
            self.scan_mut().seen_mut().malformed = true;
        }
    }

    /// Nothing more comes.
    pub fn end(&mut self) {
        if let Decoder::Gzip(gzip) = &mut self.decoder
            && gzip.try_finish().is_err()
        {
            gzip.get_mut().seen_mut().malformed = true;
        }
        if matches!(self.decoder, Decoder::Blind(_)) {
            return;
        }
        match self.scan_mut() {
            Scan::Sse(sse) => sse.end(),
            Scan::Json(json) => json.end(),
        }
    }

    /// What was seen so far.
    pub fn seen(&self) -> &Seen {
        match &self.decoder {
            Decoder::Plain(scan) | Decoder::Blind(scan) => scan.seen(),
            Decoder::Gzip(gzip) => gzip.get_ref().seen(),
        }
    }

    /// The verdict over an answer that has ended.
    pub fn verdict(&self, kind: Kind, now: Millis) -> Verdict {
        let seen = self.seen();
        let provider = |reason| Verdict::new(Effect::Overloaded, reason);
        match &seen.error {
            Some(error) => judge_inside(kind, error, now),
            None if !seen.anything => provider(Reason::EmptyAnswer),
            None if seen.malformed => provider(Reason::MalformedAnswer),
            None if !seen.finished => provider(Reason::Truncated),
            None => Verdict::SUCCESS,
        }
    }

    fn scan_mut(&mut self) -> &mut Scan {
        match &mut self.decoder {
            Decoder::Plain(scan) | Decoder::Blind(scan) => scan,
            Decoder::Gzip(gzip) => gzip.get_mut(),
        }
    }
}

impl Scan {
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

/// The parts of an answer, or of one event, that the pool reads.
#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    usage: Option<Usage>,
}

/// `usage` as OpenAI writes it, and as Anthropic and the Responses API do.
#[derive(Deserialize)]
struct Usage {
    #[serde(alias = "input_tokens")]
    prompt_tokens: Option<i64>,
    #[serde(alias = "output_tokens")]
    completion_tokens: Option<i64>,
}

/// A usage of an unexpected shape is none: it must not make an answer malformed.
fn lenient<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Usage>, D::Error> {
    let raw = <Option<&RawValue>>::deserialize(from)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

impl Seen {
    fn take(&mut self, parts: &Parts<'_>) {
        if let Some(usage) = &parts.usage {
            let sane = |count: Option<i64>| count.unwrap_or(0).clamp(0, 1 << 40);
            self.tokens = Tokens {
                prompt: sane(usage.prompt_tokens),
                completion: sane(usage.completion_tokens),
            };
        }
        if let Some(error) = parts.error.filter(|error| !matches!(error.get(), "null" | "\"\"")) {
            self.error.get_or_insert_with(|| error.get().to_owned());
        }
    }
}
