//! Who is calling: client tokens, and the admin token.

mod admin;
mod tokens;

pub use self::admin::{AdminDoor, AdminRefusal, bucket};
pub use self::tokens::{Caller, TokenRefusal, Tokens};
