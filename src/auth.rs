//! Who is calling: client tokens and what they may do, the admin token, passwords and sessions.

mod access;
mod admin;
mod caller;
mod email;
mod fresh;
mod guesses;
mod jwt;
mod password;
mod refusal;
mod session;
mod tokens;
mod totp;
mod turnstile;

pub use self::access::{Access, BadList, list, network};
pub use self::admin::{AdminDoor, AdminRefusal, bucket};
pub use self::caller::Caller;
pub use self::email::Email;
pub use self::fresh::{FreshToken, PURPOSE};
pub use self::guesses::Guesses;
pub use self::password::{Password, Passwords};
pub use self::refusal::TokenRefusal;
pub use self::session::{Claims, SessionKeys, is_session};
pub use self::tokens::Tokens;
pub use self::totp::{SecondFactor, TOTP_PURPOSE};
pub use self::turnstile::{Action, Turnstile};
