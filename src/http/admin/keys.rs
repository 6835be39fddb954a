//! Upstream keys: `/admin/api-keys`, `/admin/keys/…`, `/admin/verify-key`.

mod add;
mod delete;
pub mod health_check;
pub mod import_with_validation;
mod list;
mod pick;
pub mod query;
mod switch;
pub mod verify;

pub use self::add::add;
pub use self::delete::{delete, delete_one};
pub use self::health_check::health_check;
pub use self::import_with_validation::{BODY_MAX as IMPORT_BODY_MAX, import_with_validation};
pub use self::list::{list, listed};
pub use self::switch::{disable, enable};
pub use self::verify::verify;
