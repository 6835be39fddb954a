//! Why a letter could not be handed over, and what that means for the next attempt.

use lettre::transport::smtp;
use lettre::transport::smtp::response::{Category, Code, Severity};

/// Why a letter could not be handed over. Its text goes into the log, so a server's own words are
/// not in it: they quote addresses.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server said so.
    #[error("the mail server answered {0}")]
    Answer(Code),
    /// There is no talking to the server.
    #[error("no talking to the mail server: {0}")]
    NoServer(String),
    /// It took longer than `EMAIL_TIMEOUT_SECS`.
    #[error("the mail server took too long")]
    TooSlow,
    /// The directory can't be written to.
    #[error("the outbox can't be written to: {0}")]
    Outbox(#[from] std::io::Error),
    /// No mail could be made of it.
    #[error("no mail could be made of it: {0}")]
    Unmade(String),
}

impl Failure {
    /// Another attempt would end in the same way (RFC 5321, 4.2.1).
    pub fn is_final(&self) -> bool {
        match self {
            Self::Answer(code) => code.severity == Severity::PermanentNegativeCompletion,
            Self::Unmade(_) => true,
            Self::NoServer(_) | Self::TooSlow | Self::Outbox(_) => false,
        }
    }

    /// It is not about this letter: others fare no better. A server that has something against a
    /// mailbox or a mail says x5z (RFC 5321, 4.2.1).
    pub fn is_general(&self) -> bool {
        match self {
            Self::Answer(code) => code.category != Category::MailSystem,
            Self::Unmade(_) => false,
            Self::NoServer(_) | Self::TooSlow | Self::Outbox(_) => true,
        }
    }
}

impl From<smtp::Error> for Failure {
    fn from(error: smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Answer(code),
            None if error.is_response() => Self::NoServer("it doesn't speak SMTP".to_owned()),
            None => Self::NoServer(error.to_string()),
        }
    }
}
