//! Makes mails of letters, and hands them to whoever brings them.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context, bail};
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::directory::Directory;
use super::render::Renderer;
use super::smtp::{Open, Smtp};
use super::{Failure, Posted};
use crate::config::{Config, Mail, Secure};

/// The sender of mails that only go into files.
const NOBODY: &str = "Ollama API Pool <noreply@localhost>";

/// Makes mails and hands them over.
pub struct Mailer {
    from: Mailbox,
    renderer: Renderer,
    way: Way,
}

/// Where mails go.
enum Way {
    Smtp(Smtp),
    Directory(Directory),
}

impl Mailer {
    /// The one of these settings.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let mail = &config.mail;
        refuse_halves(mail)?;
        let from = mail.email_from.0.as_deref().unwrap_or(NOBODY);
        let from: Mailbox =
            from.parse().context("EMAIL_FROM: an address or `Name <address>` is wanted")?;
        let way = match &mail.email_host.0 {
            Some(host) => Way::Smtp(Smtp::new(host, mail, from.email.domain())?),
            None => Way::Directory(outbox(config.database.data_dir.join("outbox"))?),
        };
        let renderer = Renderer::new().context("the templates of mails")?;
        Ok(Self { from, renderer, way })
    }

    /// What brings the mails: `smtp` or `directory`.
    pub fn kind(&self) -> &'static str {
        match self.way {
            Way::Smtp(_) => "smtp",
            Way::Directory(_) => "directory",
        }
    }

    /// Whether mails would be taken: the mail server is greeted, and let go.
    pub async fn knock(&self) -> Result<(), Failure> {
        match &self.way {
            Way::Smtp(smtp) => smtp.knock().await,
            Way::Directory(_) => Ok(()),
        }
    }

    /// Hands over a letter, by this connection or a new one.
    pub async fn deliver(&self, open: &mut Open, posted: &Posted) -> Result<(), Failure> {
        let mail = self.mail(posted).map_err(|error| Failure::Unmade(format!("{error:#}")))?;
        match &self.way {
            Way::Smtp(smtp) => smtp.send(open, &mail).await,
            Way::Directory(directory) => Ok(directory.write(posted.id, mail.formatted()).await?),
        }
    }

    fn mail(&self, posted: &Posted) -> anyhow::Result<Message> {
        let Posted { id, at, letter, .. } = posted;
        let words = self.renderer.words(letter)?;
        let to = Mailbox::new(None, letter.to.as_str().parse().context("the recipient")?);
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mail = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(words.subject)
            .date(SystemTime::from(at.naive().and_utc()))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            // So that absence notes don't answer (RFC 3834, 5).
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(words.text, words.html))?;
        Ok(mail)
    }
}

/// Settings of which one needs another.
fn refuse_halves(mail: &Mail) -> anyhow::Result<()> {
    let has = |value: &crate::config::Optional| value.0.is_some();
    let (user, pass) = (has(&mail.email_auth_user), has(&mail.email_auth_pass));
    if has(&mail.email_host) && !has(&mail.email_from) {
        bail!("EMAIL_FROM: required with EMAIL_HOST, the address that mail comes from");
    }
    if user && !pass {
        bail!("EMAIL_AUTH_PASS: required with EMAIL_AUTH_USER");
    }
    if pass && !user {
        bail!("EMAIL_AUTH_USER: required with EMAIL_AUTH_PASS");
    }
    if !has(&mail.email_host) && (user || has(&mail.email_ca_file) || mail.email_port != 0) {
        bail!("EMAIL_HOST: required with the other settings of the mail server");
    }
    if mail.email_port == 465 && mail.email_secure != Secure::Tls {
        bail!("EMAIL_SECURE: port 465 is encrypted from the first byte on, so tls is wanted");
    }
    if user && matches!(mail.email_secure, Secure::None | Secure::IfOffered) {
        log::warn!("EMAIL_SECURE: the mail server's password may travel in the clear");
    }
    Ok(())
}

fn outbox(path: PathBuf) -> anyhow::Result<Directory> {
    let directory = Directory::new(path.clone())
        .with_context(|| format!("DATA_DIR: {} can't be made", path.display()))?;
    log::info!("EMAIL_HOST is not set: mails are written to files in {}", path.display());
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use lettre::Address;
    use proptest::prelude::*;

    use crate::auth::Email;

    proptest! {
        #[test]
        fn every_address_that_gets_in_can_be_written_to(
            text in "[!-~]{1,12}@[a-zA-Z0-9.-]{1,20}\\.[a-zA-Z]{2,5}"
        ) {
            if let Some(email) = Email::parse(&text) {
                let address: Address = email.as_str().parse().expect("an address");
                prop_assert_eq!(address.domain(), email.domain());
                prop_assert_eq!(address.to_string(), email.as_str());
            }
        }
    }
}
