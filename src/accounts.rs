//! Accounts: codes by mail, invitations, switching on and off, the daily check-in, and the user's
//! own key.

pub mod administrator;
pub mod attempts;
pub mod check_in;
pub mod codes;
pub mod former;
pub mod invitation;
pub mod key;
pub mod passwords;
mod recovery;
pub mod second_factor;
pub mod switch;
mod tell;
pub mod visitor;

pub use self::tell::{tell, tell_administrators};
