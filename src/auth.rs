//! Who is calling: client tokens and what they may do, the admin token, passwords and sessions.

mod access;
mod admin;
mod admin_cookie;
mod caller;
mod device;
mod email;
mod fresh;
mod guesses;
mod hashing;
mod idle;
mod jwt;
mod networks;
mod password;
mod refusal;
pub mod secrets;
mod session;
mod tokens;
mod totp;
mod turnstile;

pub use self::access::{Access, BadList, list, network};
pub use self::admin::{AdminDoor, AdminRefusal, bucket};
pub use self::admin_cookie::sign as sign_admin_cookie;
pub use self::caller::Caller;
pub use self::device::{DeviceKeys, LIFE_SECS as DEVICE_LIFE_SECS};
pub use self::email::Email;
pub use self::fresh::FreshToken;
pub use self::guesses::Guesses;
pub use self::hashing::Lane;
pub use self::idle::{Idle, Use};
pub use self::networks::{Network, networks};
pub use self::password::{Password, Passwords};
pub use self::refusal::TokenRefusal;
pub use self::session::{Claims, LIFE_SECS as SESSION_LIFE_SECS, SessionKeys, is_session};
pub use self::tokens::{Tokens, is_possible};
pub use self::totp::SecondFactor;
pub use self::turnstile::{Action, Turnstile};
