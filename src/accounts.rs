//! Accounts: codes by mail, invitations, switching on and off, the daily check-in, and the user's
//! own key.

pub mod check_in;
pub mod codes;
pub mod invitation;
pub mod key;
pub mod switch;
mod tell;

pub use self::tell::tell;
