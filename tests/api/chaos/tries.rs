//! What becomes of a request that is sent to one process.

use awc::ClientResponse;
use serde_json::Value;

use crate::support::Answer;

/// One request that was sent, under a name of its own.
pub struct Try {
    /// What the upstream gets to see of it.
    pub marker: String,
    /// With which token.
    pub token: usize,
    /// What became of it.
    pub end: End,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// A whole, good answer.
    Answered,
    /// This status, instead.
    Refused(u16, String),
    /// No answer, or not all of it.
    Broken(&'static str),
}

impl End {
    /// What an answer comes to.
    pub async fn of(answer: Option<ClientResponse>, stream: bool) -> Self {
        let Some(answer) = answer else { return Self::Broken("no answer") };
        let answer = Answer::read(answer).await;
        if answer.broken {
            return Self::Broken("half an answer");
        }
        if answer.status != 200 {
            return Self::Refused(answer.status, answer.code());
        }
        let whole = match stream {
            true => answer.body.ends_with(b"data: [DONE]\n\n"),
            false => serde_json::from_slice(&answer.body)
                .is_ok_and(|body: Value| body["choices"][0]["message"]["content"].is_string()),
        };
        // The client takes a chunked body that was cut off for one that has ended.
        if whole { Self::Answered } else { Self::Broken("half an answer") }
    }

    /// Whether a client asks again whose token lets so many through at once; 0 for any number.
    pub fn may_be_tried_again(&self, limit: u64) -> bool {
        match self {
            Self::Refused(429, code) => limit > 0 && code == "token_concurrency",
            Self::Refused(status, _) => matches!(status, 502..=504),
            Self::Broken(_) | Self::Answered => true,
        }
    }
}
