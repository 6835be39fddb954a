//! Who is calling: client tokens, and the admin token.

mod admin;
mod email;
mod fresh;
mod tokens;

pub use self::admin::{AdminDoor, AdminRefusal, bucket};
pub use self::email::Email;
pub use self::fresh::FreshToken;
pub use self::tokens::{Caller, TokenRefusal, Tokens};
