//! The kinds of values that settings have. The table keeps each as text.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The most domains of a list, and the most characters of one (RFC 1035, 2.3.4).
const DOMAINS_MAX: usize = 500;
const DOMAIN_MAX: usize = 253;

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase", tag = "type")]
pub enum Range {
    /// A whole number between these, inclusive.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// Yes or no.
    Boolean,
    /// One of these words.
    Choice {
        /// The words.
        #[schema(value_type = Vec<String>)]
        of: &'static [&'static str],
    },
    /// A list of domains, as `example.org`.
    Domains,
}

impl Range {
    /// A whole number between these.
    pub const fn between(self, min: i64, max: i64) -> Self {
        Self::Integer { min, max }
    }

    /// The same value, as the table keeps it; `None` for what is out of range.
    pub fn parse(self, text: &str) -> Option<String> {
        match self {
            Self::Integer { min, max } => {
                i64::read(text).filter(|number| (min..=max).contains(number)).map(|it| it.write())
            }
            Self::Boolean => bool::read(text).map(|yes| yes.write()),
            Self::Choice { of } => of.contains(&text).then(|| text.to_owned()),
            Self::Domains => Domains::read(text).map(|domains| domains.write()),
        }
    }

    /// As the table keeps it; `None` for what is of another type or out of range.
    pub fn text_of(self, value: &Value) -> Option<String> {
        let text = match (self, value) {
            (Self::Integer { .. }, Value::Number(number)) => number.as_i64()?.to_string(),
            (Self::Boolean, Value::Bool(yes)) => yes.to_string(),
            (Self::Choice { .. }, Value::String(word)) => word.clone(),
            (Self::Domains, Value::Array(_)) => value.to_string(),
            _ => return None,
        };
        self.parse(&text)
    }

    /// As answers show it.
    pub fn show(self, text: &str) -> Value {
        match self {
            Self::Integer { .. } => i64::read(text).into(),
            Self::Boolean => bool::read(text).into(),
            Self::Choice { .. } => text.into(),
            Self::Domains => serde_json::from_str(text).unwrap_or_default(),
        }
    }

    /// In words, for whoever was out of it.
    pub fn words(self) -> String {
        match self {
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Boolean => "true or false".to_owned(),
            Self::Choice { of } => format!("one of {}", of.join(", ")),
            Self::Domains => format!("a list of at most {DOMAINS_MAX} domains, as example.org"),
        }
    }
}

/// A value that a setting can have.
pub trait Kind: Sized {
    /// What values there are, as far as the kind alone tells.
    const RANGE: Range;

    /// The value in this text.
    fn read(text: &str) -> Option<Self>;

    /// As the table keeps it.
    fn write(&self) -> String;
}

impl Kind for i64 {
    const RANGE: Range = Range::Integer { min: Self::MIN, max: Self::MAX };

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Kind for bool {
    const RANGE: Range = Range::Boolean;

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Anyone.
    #[default]
    Open,
    /// Anyone, but an administrator lets them in afterwards.
    Approval,
    /// Whoever has an invitation.
    Invitation,
    /// Nobody.
    Closed,
}

impl Registration {
    const ALL: [(&'static str, Self); 4] = [
        ("open", Self::Open),
        ("approval", Self::Approval),
        ("invitation", Self::Invitation),
        ("closed", Self::Closed),
    ];
}

impl Kind for Registration {
    const RANGE: Range = Range::Choice { of: &["open", "approval", "invitation", "closed"] };

    fn read(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, which)| *which)
    }

    fn write(&self) -> String {
        let named = Self::ALL.iter().find(|(_, which)| which == self);
        named.map(|(name, _)| (*name).to_owned()).unwrap_or_default()
    }
}

/// Domains of e-mail addresses, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domains(Vec<String>);

impl Domains {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this domain, or one that it is a part of, is among them.
    pub fn cover(&self, domain: &str) -> bool {
        self.0.iter().any(|known| {
            domain
                .strip_suffix(known.as_str())
                .is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
        })
    }
}

impl Kind for Domains {
    const RANGE: Range = Range::Domains;

    fn read(text: &str) -> Option<Self> {
        let named: Vec<String> = serde_json::from_str(text).ok()?;
        let domains = named.iter().map(|name| domain(name)).collect::<Option<Vec<_>>>()?;
        (domains.len() <= DOMAINS_MAX).then_some(Self(domains))
    }

    fn write(&self) -> String {
        Value::from(self.0.clone()).to_string()
    }
}

/// A domain as it is compared; `None` for what is none.
fn domain(text: &str) -> Option<String> {
    let name = text.trim().trim_start_matches('@').to_ascii_lowercase();
    let label = |label: &str| {
        let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    (name.len() <= DOMAIN_MAX && name.contains('.') && name.split('.').all(label)).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Domains, Kind, Registration};

    #[test]
    fn a_domain_covers_its_subdomains_and_no_lookalikes() {
        let domains = Domains::read(r#"["Example.org", "@mail.test.net"]"#).expect("domains");
        for inside in ["example.org", "a.example.org", "b.a.example.org", "mail.test.net"] {
            assert!(domains.cover(inside), "{inside}");
        }
        for outside in ["badexample.org", "example.org.evil.net", "test.net", "org", ""] {
            assert!(!domains.cover(outside), "{outside}");
        }
        for odd in
            ["[1]", "\"example.org\"", "[\"\"]", "[\"org\"]", "[\"-a.org\"]", "[\"a b.org\"]"]
        {
            assert_eq!(Domains::read(odd), None, "{odd}");
        }
    }

    #[test]
    fn each_word_means_itself() {
        for (name, which) in Registration::ALL {
            assert_eq!(Registration::read(name), Some(which));
            assert_eq!(which.write(), name);
        }
        assert_eq!(Registration::read("Open"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(names in prop::collection::vec("[a-z0-9]{1,9}(\\.[a-z]{2,5}){1,3}", 0..9)) {
            let text = serde_json::to_string(&names).expect("a list");
            let domains = Domains::read(&text).expect("domains");
            prop_assert_eq!(Domains::read(&domains.write()), Some(domains.clone()));
            prop_assert!(names.iter().all(|name| domains.cover(name)));
        }
    }
}
