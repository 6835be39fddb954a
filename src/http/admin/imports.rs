//! Imports: `/admin/api-keys/import`, `/admin/api-keys/import-from-txt`,
//! `/admin/api-keys/import-with-validation`, `/admin/import`, `/admin/imports`.

mod json;
mod keys;
mod list;
mod multipart;
mod options;
mod text;
mod undo;
mod upload;
mod with_validation;
mod work;

pub use self::keys::*;
pub use self::list::*;
pub use self::text::*;
pub use self::undo::*;
pub use self::with_validation::*;
