//! Upstream keys: `/admin/api-keys`, `/admin/keys/…`, `/admin/verify-key`.

mod add;
mod delete;
mod health_check;
mod list;
mod pick;
pub mod query;
mod switch;
mod verify;

pub use self::add::add;
pub use self::delete::{delete, delete_one};
pub use self::health_check::health_check;
pub use self::list::{list, listed};
pub use self::switch::{disable, enable};
pub use self::verify::verify;
