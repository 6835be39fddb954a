//! Client tokens: `/admin/tokens`, and `/admin/client-tokens` with the older field names.

pub mod change;
pub mod create;
pub mod delete;
mod fields;
pub mod list;
pub mod reveal;
pub mod rotate;
pub mod show;
mod view;

pub use self::change::change;
pub use self::create::create;
pub use self::delete::{delete, delete_one};
pub use self::fields::limit;
pub use self::list::{list, list_as_client_tokens};
pub use self::reveal::reveal;
pub use self::rotate::rotate;
pub use self::show::show;

/// How the audit log names a token.
fn target(id: i64) -> String {
    format!("token:{id}")
}
