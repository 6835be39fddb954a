//! An e-mail address that is always valid.

use std::fmt;

use email_address::{EmailAddress, Options};
use serde::Serialize;

/// An address as it is stored and compared: in lower case. Mail servers that mind the case are a
/// thing of books, and two accounts that differ in nothing else would be a trap.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The address in this text, or `None`. Quoted names, addresses in brackets and letters beyond
    /// ASCII are refused: hardly anyone has them, and each is a way to look like someone else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let options =
            Options::default().with_required_tld().without_display_text().without_domain_literal();
        let parsed = EmailAddress::parse_with_options(text, options).ok()?;
        let plain = text.is_ascii() && !parsed.local_part().contains('"');
        plain.then(|| Self(text.to_ascii_lowercase()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a mailbox by another name, as in `name+tag@example.org`.
    pub fn has_tag(&self) -> bool {
        self.0.split('@').next().is_some_and(|name| name.contains('+'))
    }

    /// What follows the `@`: all of it that goes into the log.
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Email;

    #[test]
    fn only_addresses_get_in() {
        let ann = Email::parse("  Ann.Lee+pool@Example.ORG ").expect("an address");
        assert_eq!(ann.as_str(), "ann.lee+pool@example.org");
        assert!(ann.has_tag() && !Email::parse("ann@a-b.org").expect("an address").has_tag());
        for odd in [
            "",
            "ann",
            "@example.org",
            "ann@",
            "ann@localhost",
            "ann@[127.0.0.1]",
            "\"ann\"@example.org",
            "Ann <ann@example.org>",
            "ann@example.org, bob@example.org",
            "ann@example.org\nBcc: bob@example.org",
            "änn@example.org",
            "a nn@example.org",
            &format!("{}@example.org", "a".repeat(65)),
        ] {
            assert_eq!(Email::parse(odd), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn parsing_again_changes_nothing(text in "[ -~]{0,12}@[a-zA-Z0-9.-]{1,20}\\.[a-zA-Z]{2,5}") {
            if let Some(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Some(email.clone()));
                prop_assert!(!email.as_str().contains(char::is_whitespace));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
            }
        }
    }
}
