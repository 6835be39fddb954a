//! Mail: what is sent, in which words, and how it is handed over.
//!
//! A [`Letter`] waits in the [`Queue`] until a sender of the [`MailActor`](crate::actors::mail)
//! takes it. The [`Mailer`] makes a mail of it and hands it to the SMTP server, or writes it into a
//! directory.

mod directory;
mod failure;
mod mailer;
mod queue;
mod render;
mod smtp;

pub use self::failure::Failure;
pub use self::mailer::Mailer;
pub use self::queue::{Counted, Posted, Queue, Taken};
pub use self::smtp::Open;
pub use crate::language::Language;

use std::time::Duration;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Email;

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Making an account.
    Register,
    /// Signing in without a password.
    Login,
    /// Setting a new password.
    Reset,
}

impl Purpose {
    /// The name in requests and in the table of codes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::Reset => "reset",
        }
    }
}

/// What is sent. Has no `Debug`: a code is a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Message {
    /// A code that was asked for.
    Code {
        /// What it is for.
        purpose: Purpose,
        /// Its digits.
        code: String,
        /// How long it is good, in minutes. Later the letter isn't sent any more.
        minutes: u32,
    },
    /// Someone wants to make an account for an address that has one.
    AlreadyRegistered,
    /// Someone wants to sign in, or to set a password, for an address without an account.
    NoAccount,
    /// The password is another one now.
    PasswordChanged,
    /// An administrator let the person in.
    Approved,
    /// The account is gone.
    AccountDeleted,
    /// An administrator carried upstream keys away.
    KeysExported,
    /// A recovery code was used instead of a code of the second factor.
    RecoveryCodeUsed {
        /// Codes that are left.
        left: i64,
    },
    /// A provider is elsewhere, and its keys are held back until an administrator confirms it.
    ProviderMoved {
        /// Which.
        provider: String,
        /// Scheme, host and port of before.
        from: String,
        /// Scheme, host and port of now.
        to: String,
        /// Who has changed it.
        by: String,
    },
}

/// How long news are worth sending.
const NEWS_FOR: Duration = Duration::from_secs(3600);

impl Message {
    /// After so long it isn't worth sending any more.
    pub fn good_for(&self) -> Duration {
        match self {
            Self::Code { minutes, .. } => Duration::from_secs(u64::from(*minutes) * 60),
            _ => NEWS_FOR,
        }
    }
}

/// A message and whom it is for. Has no `Debug`, as [`Message`].
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Whom it is for.
    pub to: Email,
    /// In which language.
    pub language: Language,
    /// What it says.
    pub message: Message,
    /// Where this service's pages are, if it is known.
    pub link_base: Option<String>,
}
