//! Why a line was not taken.

use std::fmt;

macro_rules! reasons {
    ($($(#[$doc:meta])+ $name:ident = $text:literal,)+) => {
        /// Why a line was not taken; never with any of its content.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])+ $name,)+ }

        impl Reason {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// In words.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

reasons! {
    /// It has everything but a key.
    Empty = "there is no key in it",
    /// What stands where the key belongs is none.
    NoKey = "what stands in the key's place is no key",
    /// Over [`LINE_MAX`](super::LINE_MAX).
    TooLong = "the line is too long",
    /// It begins as JSON and goes on as something else, or has a field of a wrong type.
    Json = "it is no JSON of this shape",
    /// The label or the account is too long or has control characters.
    Name = "the label or the account can't be a name",
    /// The time to live is out of range.
    Ttl = "the time to live is not in seconds, or too long",
}

impl Reason {
    /// Whether it was left out because there was nothing to take, and not for a fault.
    pub const fn is_skip(self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
