//! What becomes of a request.

use super::upstream::{Upstream, markers};
use crate::support::Answer;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// A whole, good answer to it.
    Good,
    /// Something of the answer to another request.
    Foreign,
    /// A stream that the upstream cut after its first events: no pool can repeat it.
    Cut,
    /// No good answer; the status and the code, or what was wrong.
    Lost(String),
}

impl Ending {
    /// What an answer to this request comes to.
    pub fn of(answer: &Answer, request: u32, stream: bool, upstream: &Upstream) -> Self {
        let mut told = markers(&answer.body).peekable();
        let any = told.peek().is_some();
        if told.any(|marker| marker != request) {
            return Self::Foreign;
        }
        if answer.status != 200 {
            return Self::Lost(format!("{} {}", answer.status, code(answer)));
        }
        let body = &*answer.body;
        let whole = match stream {
            true => body.ends_with(b"data: [DONE]\n\n"),
            false => serde_json::from_slice::<serde_json::Value>(body).is_ok(),
        };
        if whole && any && !answer.broken {
            Self::Good
        } else if stream && upstream.cut(request) {
            Self::Cut
        } else {
            Self::Lost("200 without an end".to_owned())
        }
    }

    /// A word for tables.
    pub fn label(&self) -> &str {
        match self {
            Self::Good => "200",
            Self::Foreign => "another's answer",
            Self::Cut => "cut by the upstream",
            Self::Lost(why) => why,
        }
    }
}

fn code(answer: &Answer) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    let code = json.as_ref().and_then(|json| json.pointer("/error/code")?.as_str());
    code.unwrap_or("without a code").to_owned()
}
