//! Who is calling: client tokens and what they may do, and the admin token.

mod access;
mod admin;
mod caller;
mod email;
mod fresh;
mod guesses;
mod tokens;
mod totp;
mod turnstile;

pub use self::access::{Access, BadList, list, network};
pub use self::admin::{AdminDoor, AdminRefusal, bucket};
pub use self::caller::Caller;
pub use self::email::Email;
pub use self::fresh::{FreshToken, PURPOSE};
pub use self::guesses::Guesses;
pub use self::tokens::{TokenRefusal, Tokens};
pub use self::totp::{SecondFactor, TOTP_PURPOSE};
pub use self::turnstile::{Action, Turnstile};
