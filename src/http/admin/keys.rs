//! Upstream keys: `/admin/api-keys`, `/admin/keys/…`, `/admin/accounts`, `/admin/verify-key`.

pub mod accounts;
pub mod add;
pub mod change;
pub mod delete;
pub mod export;
pub mod export_secrets;
pub mod health_check;
pub mod list;
mod pick;
pub mod query;
pub mod reveal;
mod sheet;
pub mod show;
pub mod stats;
pub mod switch;
pub mod update;
pub mod usage;
mod values;
pub mod verify;
mod view;
mod walk;

pub use self::accounts::accounts;
pub use self::add::add;
pub use self::change::change;
pub use self::delete::{delete, delete_one};
pub use self::export::export;
pub use self::export_secrets::export_secrets;
pub use self::health_check::health_check;
pub use self::list::list;
pub use self::reveal::reveal;
pub use self::show::show;
pub use self::stats::stats;
pub use self::switch::{disable, enable};
pub use self::update::update;
pub use self::usage::usage;
pub use self::verify::verify;
