//! Telling all administrators that a provider is elsewhere now.

use crate::accounts::tell_administrators;
use crate::app::App;
use crate::error::ApiError;
use crate::http::extract::Administrator;
use crate::mail::Message;
use crate::models::provider::ProviderRow;

/// A provider that is elsewhere than before, and whose keys are held back.
pub struct Moved(Message);

impl Moved {
    /// What has moved by this change; `None` when nothing has, or when it is back at the place that
    /// was confirmed.
    pub fn between(before: &ProviderRow, after: &ProviderRow, by: &Administrator) -> Option<Self> {
        let place = |row: &ProviderRow| format!("{} ({})", row.origin(), row.kind);
        let (from, to) = (place(before), place(after));
        let is_held = after.confirmed_origin.is_some();
        let message = || Message::ProviderMoved {
            provider: after.id.clone(),
            from: from.clone(),
            to: to.clone(),
            by: by.0.name.clone(),
        };
        (is_held && from != to).then(|| Self(message()))
    }

    /// Mails it to all administrators who are switched on, each in their language.
    pub async fn tell(self, app: &App) -> Result<(), ApiError> {
        if let Message::ProviderMoved { provider, to, .. } = &self.0 {
            log::warn!(
                "provider {provider} has moved to {to}: its keys are held back until an \
                 administrator confirms it"
            );
        }
        tell_administrators(app, &mut app.database.get().await?, &self.0).await?;
        Ok(())
    }
}
