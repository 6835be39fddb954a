//! Accounts: codes by mail, the daily check-in, and the user's own key.

pub mod check_in;
pub mod codes;
pub mod key;
pub mod second_factor;
