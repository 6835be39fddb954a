//! Cloudflare Turnstile: is there a person behind a request that costs something?
//!
//! What the widget on the page says proves nothing. Its token is shown to Cloudflare, once, and
//! whatever is no clear yes is a no.

mod answer;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::time::Duration;

use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use anyhow::{Context, ensure};
use hyper::{Method, Uri};
use serde::Serialize;
use tokio::time::Instant;
use url::Url;

use self::answer::{Expected, Outcome, judge};
use crate::config::Config;
use crate::error::{ApiError, ErrorCode};
use crate::upstream::client::{Client, Request};

/// A person waits for it: whoever is slower can't be reached.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest token in bytes, as Cloudflare documents it.
const TOKEN_MAX: usize = 2048;

/// The most of an answer: usual ones have some hundred bytes.
const ANSWER_MAX: usize = 16 << 10;

/// When it is worth another try with the verifier away, in seconds.
const RETRY_AFTER: u64 = 5;

/// Cloudflare's documented secrets for tests: always yes, always no, always "spent already".
/// <https://developers.cloudflare.com/turnstile/troubleshooting/testing/>
const TEST_SECRETS: [&str; 3] = [
    "1x0000000000000000000000000000000AA",
    "2x0000000000000000000000000000000AA",
    "3x0000000000000000000000000000000AA",
];

/// What a challenge is solved for; pages give the widget this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// To be mailed a code.
    Code,
    /// To sign up.
    Register,
    /// To sign in.
    Login,
    /// To set a new password.
    Reset,
}

impl Action {
    /// The name that the widget and the verifier know it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Register => "register",
            Self::Login => "login",
            Self::Reset => "reset",
        }
    }
}

/// Asks for challenges to be solved, when it is switched on. Has no `Debug`: it holds the secret.
pub struct Turnstile(Option<Widget>);

struct Widget {
    site_key: String,
    secret: String,
    verify_url: Url,
    verify_uri: Uri,
    hostnames: Vec<String>,
    /// The secret is one of Cloudflare's for tests.
    testing: bool,
}

#[derive(Serialize)]
struct Form<'a> {
    secret: &'a str,
    response: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remoteip: Option<IpAddr>,
}

impl Turnstile {
    /// As the settings say.
    ///
    /// # Errors
    /// It is switched on and a setting is missing, which the error names.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let settings = &config.turnstile;
        if !settings.enable_turnstile {
            return Ok(Self(None));
        }
        let given = |name, value: &Option<String>| {
            value.clone().with_context(|| format!("{name}: required with ENABLE_TURNSTILE"))
        };
        let mut hostnames = settings.turnstile_hostnames.0.clone();
        if hostnames.is_empty() {
            let own = config.server.public_url.0.as_ref().and_then(|url| url.host_str());
            hostnames.extend(own.map(str::to_owned));
        }
        ensure!(
            !hostnames.is_empty(),
            "TURNSTILE_HOSTNAMES: required with ENABLE_TURNSTILE where PUBLIC_URL names no host"
        );
        let secret = given("TURNSTILE_SECRET_KEY", &settings.turnstile_secret_key.0)?;
        let testing = TEST_SECRETS.contains(&secret.as_str());
        if testing {
            log::warn!("TURNSTILE_SECRET_KEY is one of Cloudflare's for tests: it stops nobody");
        }
        Ok(Self(Some(Widget {
            site_key: given("TURNSTILE_SITE_KEY", &settings.turnstile_site_key.0)?,
            secret,
            verify_uri: settings.turnstile_verify_url.0.as_str().parse()?,
            verify_url: settings.turnstile_verify_url.0.clone(),
            hostnames,
            testing,
        })))
    }

    /// What pages make the widget with; `None` while it is switched off.
    pub fn site_key(&self) -> Option<&str> {
        self.0.as_ref().map(|widget| widget.site_key.as_str())
    }

    /// Whether challenges are asked for.
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether this token was given for solving a challenge for this action on a page of ours. It
    /// counts once; `from` is the client's address.
    ///
    /// # Errors
    /// 403 for whatever is no good token, 503 when nobody can tell.
    pub async fn check(
        &self,
        client: &Client,
        action: Action,
        token: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<(), ApiError> {
        let Some(widget) = &self.0 else { return Ok(()) };
        let token = token.filter(|token| (1..=TOKEN_MAX).contains(&token.len()));
        let Some(token) = token else { return Err(refused()) };
        let form = Form { secret: &widget.secret, response: token, remoteip: from };
        let Some((success, body)) = widget.ask(client, &form).await else {
            log::warn!("TURNSTILE_VERIFY_URL can't be reached");
            return Err(unavailable());
        };
        match judge(widget.expected(action), success, &body) {
            Outcome::Passed => Ok(()),
            Outcome::Refused => Err(refused()),
            Outcome::Elsewhere => {
                log::warn!(
                    "a challenge was solved on a page that TURNSTILE_HOSTNAMES doesn't name"
                );
                Err(refused())
            }
            Outcome::BadSecret => {
                log::error!("TURNSTILE_SECRET_KEY is refused by the verifier");
                Err(unavailable())
            }
            Outcome::Unclear => {
                log::warn!("TURNSTILE_VERIFY_URL gives no clear answer");
                Err(unavailable())
            }
        }
    }
}

impl Widget {
    /// Whether the status is a good one, and the body; `None` when it is too long, or not there to
    /// its end in time.
    async fn ask(&self, client: &Client, form: &Form<'_>) -> Option<(bool, Vec<u8>)> {
        let deadline = Instant::now() + TIMEOUT;
        let form = serde_urlencoded::to_string(form).ok()?;
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = Request {
            headers: &[(CONTENT_TYPE, kind)],
            body: form.into(),
            ..Request::new(Method::POST, &self.verify_uri, None)
        };
        // The verifier may be anywhere, and upstreams gain nothing by that.
        let own = client.apart(&self.verify_url);
        // An error may quote the URL or the form.
        let response = tokio::time::timeout_at(deadline, own.send(&request)).await.ok()?.ok()?;
        let success = response.status.is_success();
        let start = response.source.start(ANSWER_MAX, deadline).await;
        Some((success, start.whole().ok()?))
    }

    /// The test secrets' answers name a made-up host and no action (seen: `example.com`), so that
    /// with them neither is compared. It is for the secret to say that, never for the answer.
    fn expected(&self, action: Action) -> Expected<'_> {
        match self.testing {
            true => Expected::Anything,
            false => Expected::Just { action, hostnames: &self.hostnames },
        }
    }
}

fn refused() -> ApiError {
    ApiError::new(ErrorCode::TurnstileFailed, "the challenge was not solved: try it again")
}

fn unavailable() -> ApiError {
    let words = "the challenge can't be verified now: try it again in a moment";
    ApiError::new(ErrorCode::Unavailable, words).retry_after(RETRY_AFTER)
}
