//! Why something happened to a key: a closed set, for operators, counters and columns.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$meta:meta])+ $name:ident = $text:literal,)+) => {
        /// Why a key is out of rotation, or what an attempt came to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Reason { $($(#[$meta])+ #[serde(rename = $text)] $name,)+ }

        impl Reason {
            /// The name in columns, answers and counters.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Reads a column back; a name that this version doesn't know is `Other`.
            pub fn from_column(text: &str) -> Self {
                match text { $($text => Self::$name,)+ _ => Self::Other }
            }
        }
    };
}

reasons! {
    /// The attempt went well.
    Ok = "ok",
    /// The client went away before the end.
    ClientLeft = "client_left",
    /// The upstream found fault with the request itself.
    BadRequest = "bad_request",
    /// The upstream doesn't know the model.
    ModelNotFound = "model_not_found",
    /// Taken out by an administrator.
    Manual = "manual",
    /// Its provider is elsewhere now, and no administrator has confirmed that.
    ProviderMoved = "provider_moved",
    /// The key's own time is over.
    Expired = "expired",
    /// Failed several times in a row.
    AutoDisabled = "auto-disabled",
    /// The upstream refuses the key.
    Unauthorized = "unauthorized",
    /// The upstream forbids the key to do this.
    Forbidden = "forbidden",
    /// The account has no credit left.
    OutOfCredit = "out_of_credit",
    /// The key has spent what its owner allows it (OpenRouter), whatever its account has left.
    KeyLimit = "key_limit",
    /// The account's session window is spent (Ollama: five hours).
    SessionLimit = "session_limit",
    /// The account's week is spent.
    WeeklyLimit = "weekly_limit",
    /// The account's month is spent.
    MonthlyLimit = "monthly_limit",
    /// The account has as many requests under way as its plan allows.
    ConcurrencyLimit = "concurrency_limit",
    /// Asked too often.
    RateLimited = "rate_limited",
    /// The key's plan lacks this model.
    PlanLacksModel = "plan_lacks_model",
    /// The provider behind a router is limiting this model.
    ModelRateLimited = "model_rate_limited",
    /// The upstream says that it is overloaded.
    Overloaded = "overloaded",
    /// The upstream failed with a 5xx.
    UpstreamError = "upstream_error",
    /// No connection, or none in time.
    ConnectFailed = "connect_failed",
    /// The connection broke.
    ConnectionLost = "connection_lost",
    /// No answer in time.
    TimedOut = "timed_out",
    /// A 200 without a body.
    EmptyAnswer = "empty_answer",
    /// A 200 that is not what was asked for: HTML, or broken JSON.
    MalformedAnswer = "malformed_answer",
    /// A 200 that carries an error.
    ErrorInside = "error_inside",
    /// A stream that ended without saying that it is finished.
    Truncated = "truncated",
    /// Something that another version of this program wrote.
    #[serde(other)]
    Other = "other",
}

impl Reason {
    /// Whether it speaks against a key only as long as others are served.
    pub const fn is_doubtful(self) -> bool {
        matches!(
            self,
            Self::AutoDisabled
                | Self::Unauthorized
                | Self::Forbidden
                | Self::OutOfCredit
                | Self::RateLimited
                | Self::ConcurrencyLimit
        )
    }

    /// Whether a probe that goes well shows that this is over.
    pub const fn shows_in_probes(self) -> bool {
        matches!(
            self,
            Self::AutoDisabled
                | Self::Unauthorized
                | Self::Forbidden
                | Self::KeyLimit
                | Self::SessionLimit
                | Self::WeeklyLimit
                | Self::MonthlyLimit
        )
    }
}
