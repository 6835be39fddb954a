//! The provider that a request names.

use std::sync::Arc;

use crate::app::App;
use crate::error::{ApiError, ErrorCode};
use crate::provider::{self, Provider};
use crate::upstream::plan::switched_off;

/// The provider of this name, `ollama` when none is named; 404 for one that is not there.
pub fn provider(app: &App, named: Option<&str>) -> Result<Arc<Provider>, ApiError> {
    let named = named.unwrap_or(provider::DEFAULT);
    app.providers.get(named).ok_or_else(|| {
        ApiError::new(ErrorCode::UnknownProvider, "there is no such provider").about("provider")
    })
}

/// As [`provider`], and 503 when the operator has switched it off.
pub fn enabled_provider(app: &App, named: Option<&str>) -> Result<Arc<Provider>, ApiError> {
    let provider = provider(app, named)?;
    if provider.enabled { Ok(provider) } else { Err(switched_off(&provider)) }
}

/// As [`enabled_provider`], but one that is switched off is good enough when others may serve in
/// its place.
pub fn served_provider(app: &App, named: Option<&str>) -> Result<Arc<Provider>, ApiError> {
    let provider = provider(app, named)?;
    let served = provider.enabled || app.routes.now().has_fallbacks(&provider.id);
    if served { Ok(provider) } else { Err(switched_off(&provider)) }
}
