//! Announcements: `/admin/announcements`.

pub mod change;
pub mod create;
pub mod delete;
mod draft;
pub mod list;
mod view;

pub use self::view::{AnnouncementView, Audience, Level};

use serde::Deserialize;
use utoipa::ToSchema;

/// Which announcement, where the path doesn't say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Its number.
    #[schema(example = 4)]
    id: i64,
}
