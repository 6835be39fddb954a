//! Taking in keys by the thousand.
//!
//! [`parse`] turns bytes into entries and knows no file, no database and no clock.

pub mod family;
pub mod parse;

pub use self::family::{Family, families};
pub use self::parse::{Bad, Entry, Item, Parser, Reason};
