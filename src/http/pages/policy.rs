//! What a page may do: load from here, and nothing else. There are no scripts and styles in pages,
//! so that markup that slips in does nothing.

use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::app::App;

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The policy with these further rules for scripts and frames.
macro_rules! policy {
    ($scripts:literal, $frames:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'",
            $scripts,
            "; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; ",
            $frames,
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
    };
}

const OURS: &str = policy!("", "");

/// Turnstile's script makes a frame of its own (<https://developers.cloudflare.com/turnstile/reference/content-security-policy/>).
const WITH_TURNSTILE: &str =
    policy!(" https://challenges.cloudflare.com", "frame-src https://challenges.cloudflare.com; ");

/// The headers of every page and asset.
pub fn headers(app: &App) -> [(HeaderName, &'static str); 5] {
    let policy = if app.turnstile.site_key().is_some() { WITH_TURNSTILE } else { OURS };
    [
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (X_FRAME_OPTIONS, "DENY"),
        (OPENER, "same-origin"),
    ]
}
