//! Invitations: `/admin/invitations`.

pub mod create;
pub mod delete;
pub mod list;
mod view;

use self::view::InvitationView;
