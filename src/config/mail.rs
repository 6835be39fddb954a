//! `EMAIL_HOST`, `EMAIL_PORT`, `EMAIL_AUTH_USER`, `EMAIL_AUTH_PASS`, `EMAIL_SECURE`, `EMAIL_FROM`,
//! `EMAIL_CA_FILE`, `EMAIL_TIMEOUT_SECS`.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::Optional;

/// How mail is sent.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Mail")]
pub struct Mail {
    /// Host of the SMTP server; empty writes mails as files to DATA_DIR/outbox
    #[arg(long, env, default_value = "")]
    pub email_host: Optional,
    /// Its port; 0 for the usual one: 587, or 465 with tls, or 25 with none
    #[arg(long, env, default_value_t = 0)]
    pub email_port: u16,
    /// User name at the server, where it wants one
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub email_auth_user: Optional,
    /// Its password
    #[arg(long, env, default_value = "", hide_env_values = true)]
    pub email_auth_pass: Optional,
    /// starttls: encrypted or not at all; tls: encrypted from the first byte on; none. true means
    /// tls, and false STARTTLS where the server offers it
    #[arg(long, env, default_value = "starttls")]
    pub email_secure: Secure,
    /// Sender: an address, or `Name <address>`; required with EMAIL_HOST
    #[arg(long, env, default_value = "")]
    pub email_from: Optional,
    /// PEM file of authorities whose certificates are trusted beside the public ones
    #[arg(long, env, default_value = "")]
    pub email_ca_file: Optional,
    /// Seconds that handing over one mail may take: too low gives up on slow servers, too high lets
    /// a server that hangs hold up the others' mail
    #[arg(long, env, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub email_timeout_secs: u64,
}

impl Mail {
    /// The port, the usual one if none is set (RFC 8314, 3.3; RFC 5321, 4.5.4.2).
    pub fn port(&self) -> u16 {
        match (self.email_port, self.email_secure) {
            (0, Secure::Starttls | Secure::IfOffered) => 587,
            (0, Secure::Tls) => 465,
            (0, Secure::None) => 25,
            (port, _) => port,
        }
    }

    /// Time to hand over one mail, connecting included.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.email_timeout_secs)
    }
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secure {
    /// By STARTTLS; a server that doesn't offer it gets no mail.
    Starttls,
    /// From the first byte on.
    Tls,
    /// Not at all.
    None,
    /// By STARTTLS where the server offers it: whoever can change what it says can read the mail.
    IfOffered,
}

impl FromStr for Secure {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "starttls" | "" => Ok(Self::Starttls),
            // What the name meant to nodemailer, which many an environment was written for.
            "tls" | "true" => Ok(Self::Tls),
            "none" => Ok(Self::None),
            "false" => Ok(Self::IfOffered),
            _ => Err("one of starttls, tls, none, true, false is wanted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Secure;

    #[test]
    fn ways_to_encrypt() {
        for (text, expected) in [
            ("starttls", Some(Secure::Starttls)),
            (" STARTTLS ", Some(Secure::Starttls)),
            ("", Some(Secure::Starttls)),
            ("tls", Some(Secure::Tls)),
            ("true", Some(Secure::Tls)),
            ("False", Some(Secure::IfOffered)),
            ("none", Some(Secure::None)),
            ("no", None),
            ("1", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
