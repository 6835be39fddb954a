//! `/admin/aliases`: other names for models.

pub mod add;
pub mod delete;
pub mod list;

/// An alias in the audit log.
fn target(provider: &str, alias: &str) -> String {
    format!("alias:{provider}/{alias}")
}
