//! Passwords that are tried for an account, and an end to guessing that shuts nobody else out.
//!
//! A device or a network that has guessed too often is refused. That many guess at one account from
//! everywhere only makes each stranger's answer come later: were it refused, anybody could lock
//! anybody out.

use std::time::Duration;

use super::attempts::Attempts;
use super::visitor::Visitor;
use crate::app::App;
use crate::auth::Email;
use crate::error::{ApiError, ErrorCode};
use crate::metrics::Limit;

/// Passwords are counted for so long.
const WINDOW: Duration = Duration::from_secs(900);

/// How much later a stranger's answer comes while many guess at the account.
const DELAY: Duration = Duration::from_secs(1);

/// Multiple of one address's tries from which wrong passwords are taken for guesses.
const GUESSED: u64 = 2;

/// Passwords that are tried for one account by one visitor.
pub struct Tries<'a> {
    app: &'a App,
    visitor: &'a Visitor,
    account: &'a str,
    max: u64,
}

/// Forgets this visitor's wrong passwords: there is a new one.
pub async fn forget(app: &App, visitor: &Visitor, email: &Email) {
    Tries::new(app, visitor, email).right().await;
}

impl<'a> Tries<'a> {
    /// Counts one more; 429 when there were too many. Waits while many strangers guess.
    pub async fn begin(
        app: &'a App,
        visitor: &'a Visitor,
        email: &'a Email,
    ) -> Result<Self, ApiError> {
        let this = Self::new(app, visitor, email);
        if !this.attempts().count(&app.cache, visitor).await {
            app.metrics.limit(Limit::Passwords);
            let words = "too many wrong passwords: wait, or sign in by a code";
            let error = ApiError::new(ErrorCode::RateLimited, words);
            return Err(error.retry_after(WINDOW.as_secs()));
        }
        // A solved challenge takes longer than that already.
        if !visitor.is_known() && !app.turnstile.is_on() && this.is_guessed_at().await {
            tokio::time::sleep(DELAY).await;
        }
        Ok(this)
    }

    /// The password was right: this visitor's wrong ones no longer count.
    pub async fn right(self) {
        self.attempts().forget(&self.app.cache, self.visitor).await;
    }

    /// The password was wrong.
    pub async fn wrong(self) {
        if self.visitor.is_known() {
            return;
        }
        let wrong = self.app.cache.hit(&self.guesses(), WINDOW).await;
        if wrong == self.max.saturating_mul(GUESSED) {
            log::warn!("strangers guess at the password of one account: {wrong} in 15 minutes");
        }
    }

    fn new(app: &'a App, visitor: &'a Visitor, email: &'a Email) -> Self {
        let max = app.settings.now().sign_in_attempts.unsigned_abs();
        Self { app, visitor, account: email.as_str(), max }
    }

    async fn is_guessed_at(&self) -> bool {
        self.app.cache.hits(&self.guesses()).await >= self.max.saturating_mul(GUESSED)
    }

    fn guesses(&self) -> String {
        format!("password-guesses:{}", self.account)
    }

    const fn attempts(&self) -> Attempts<'_> {
        Attempts { kind: "passwords", account: self.account, max: self.max, window: WINDOW }
    }
}
