//! What an upstream answers while it fails for everybody.

use pool_stub::Reply;

/// What is wrong for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The upstream fails for everybody.
    Outage(Outage),
    /// One client's requests get this status whoever asks; the upstream is well.
    Poison(u16),
}

/// How an upstream fails for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Connections are reset.
    Refused,
    /// 503 in Ollama's words.
    Unavailable,
    /// A proxy's 502 page.
    BadGatewayPage,
    /// It takes requests and never answers.
    Silent,
    /// 401.
    Unauthorized,
    /// 403 as JSON.
    Forbidden,
    /// A firewall's 403 page.
    ForbiddenPage,
    /// 402.
    PaymentRequired,
    /// 429 without a word of when to come back.
    RateLimited,
}

impl Trouble {
    /// The name in reports and in `SOAK_ONLY`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outage(outage) => outage.name(),
            Self::Poison(500) => "client-500",
            Self::Poison(_) => "client-401",
        }
    }
}

impl Outage {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Refused,
        Self::Unavailable,
        Self::BadGatewayPage,
        Self::Silent,
        Self::Unauthorized,
        Self::Forbidden,
        Self::ForbiddenPage,
        Self::PaymentRequired,
        Self::RateLimited,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unavailable => "503",
            Self::BadGatewayPage => "502-html",
            Self::Silent => "time-out",
            Self::Unauthorized => "401",
            Self::Forbidden => "403",
            Self::ForbiddenPage => "403-html",
            Self::PaymentRequired => "402",
            Self::RateLimited => "429",
        }
    }

    /// The answer to everything, calls and probes.
    pub fn reply(self) -> Reply {
        match self {
            Self::Refused => Reply::reset(),
            Self::Silent => Reply::hang(),
            Self::Unavailable => error(503, "Server overloaded, please retry shortly"),
            Self::BadGatewayPage => page(502, "Bad Gateway"),
            Self::Unauthorized => error(401, "unauthorized"),
            Self::Forbidden => error(403, "forbidden"),
            Self::ForbiddenPage => page(403, "Access denied"),
            Self::PaymentRequired => error(402, "payment required"),
            Self::RateLimited => error(429, "too many requests"),
        }
    }
}

/// An error in OpenAI's shape.
pub fn error(status: u16, message: &str) -> Reply {
    let body = format!(
        r#"{{"error":{{"message":"{message}","type":"api_error","param":null,"code":null}}}}"#
    );
    Reply::json(status, &body)
}

/// A web page of a proxy in front of the upstream.
pub fn page(status: u16, title: &str) -> Reply {
    let body = format!(
        "<html><head><title>{status} {title}</title></head><body><h1>{title}</h1></body></html>"
    );
    Reply::json(status, &body).with_header("content-type", "text/html; charset=utf-8")
}
