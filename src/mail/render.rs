//! A letter in words: its texts from `locales/`, put into `templates/mail/`. Both are in the binary.

#[cfg(test)]
mod tests;

use tera::{Context, Tera, TeraResult};

use super::{Letter, Message, Purpose};
use crate::texts;

/// A letter in words.
pub struct Words {
    /// What it is about. Never a code: subjects are shown on locked screens and logged by servers.
    pub subject: String,
    /// For readers that show HTML.
    pub html: String,
    /// The same as plain text.
    pub text: String,
}

/// Puts letters into words.
pub struct Renderer {
    tera: Tera,
}

impl Renderer {
    /// One with all templates.
    pub fn new() -> TeraResult<Self> {
        let mut tera = texts::tera();
        tera.add_raw_templates(texts::templates("mail/"))?;
        Ok(Self { tera })
    }

    /// The words of this letter.
    pub fn words(&self, letter: &Letter) -> TeraResult<Words> {
        let lang = letter.language.tag();
        let kind = kind(&letter.message);
        let mut context = Context::new();
        context.insert("kind", kind);
        context.insert("lang", lang);
        context.insert("to", letter.to.as_str());
        context.insert("link", &letter.link_base);
        if let Message::Code { code, minutes, .. } = &letter.message {
            context.insert("code", code);
            context.insert("minutes", minutes);
        }
        // A template can't leave out what a text is given: what a message lacks is empty.
        let (mut provider, mut origin, mut place, mut actor) = ("", "", "", "");
        if let Message::ProviderMoved { provider: id, from, to, by } = &letter.message {
            (provider, origin, place, actor) = (id, from, to, by);
        }
        let left = if let Message::RecoveryCodeUsed { left } = letter.message { left } else { 0 };
        context.insert("left", &left);
        context.insert("provider", provider);
        context.insert("origin", origin);
        context.insert("place", place);
        context.insert("actor", actor);
        let subject = "{{ t(key=kind, lang=lang) }}";
        let subject = self.tera.render_str(subject, &context, false)?;
        context.insert("subject", &subject);
        let html = self.tera.render("mail/letter.html", &context)?;
        let text = self.tera.render("mail/letter.txt", &context)?;
        Ok(Words { subject, html, text })
    }
}

/// The name of a message in `locales/`.
const fn kind(message: &Message) -> &'static str {
    match message {
        Message::Code { purpose: Purpose::Register, .. } => "mail-code-register",
        Message::Code { purpose: Purpose::Login, .. } => "mail-code-login",
        Message::Code { purpose: Purpose::Reset, .. } => "mail-code-reset",
        Message::AlreadyRegistered => "mail-already-registered",
        Message::NoAccount => "mail-no-account",
        Message::PasswordChanged => "mail-password-changed",
        Message::Approved => "mail-approved",
        Message::AccountDeleted => "mail-account-deleted",
        Message::KeysExported => "mail-keys-exported",
        Message::RecoveryCodeUsed { .. } => "mail-recovery-code-used",
        Message::ProviderMoved { .. } => "mail-provider-moved",
    }
}
