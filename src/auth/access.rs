//! Where a client token may be used, and what for.

use std::net::IpAddr;

use ipnet::IpNet;
use wildmatch::WildMatch;

use crate::error::{ApiError, ErrorCode};
use crate::models::client_token::ClientToken;

/// A stored list that can't be read: nobody knows what the token may do.
#[derive(Debug, thiserror::Error)]
#[error("the token's list `{0}` can't be read")]
pub struct BadList(&'static str);

/// What a token is restricted to; an empty list is no restriction. Made once for each token that
/// is remembered, so that patterns and networks are parsed once.
#[derive(Debug, Clone, Default)]
pub struct Access {
    providers: Vec<String>,
    models: Vec<WildMatch>,
    networks: Vec<IpNet>,
}

impl Access {
    /// What this row says.
    pub fn of(row: &ClientToken) -> Result<Self, BadList> {
        let networks = list(&row.ip_allow)
            .and_then(|texts| texts.iter().map(|text| network(text)).collect::<Option<Vec<_>>>());
        let models = list(&row.models).ok_or(BadList("models"))?;
        Ok(Self {
            providers: row.providers().ok_or(BadList("providers"))?,
            models: models.iter().map(|pattern| WildMatch::new(pattern)).collect(),
            networks: networks.ok_or(BadList("ip_allow"))?,
        })
    }

    /// Refuses a provider that it may not use.
    pub fn check_provider(&self, id: &str) -> Result<(), ApiError> {
        if self.providers.is_empty() || self.providers.iter().any(|only| only == id) {
            return Ok(());
        }
        let words = "the client token may not use this provider";
        Err(ApiError::new(ErrorCode::ProviderNotAllowed, words))
    }

    /// Refuses a model that it may not use.
    pub fn check_model(&self, model: &str) -> Result<(), ApiError> {
        if self.allows_model(model) {
            return Ok(());
        }
        let words = "the client token may not use this model";
        Err(ApiError::new(ErrorCode::ModelNotAllowed, words).about("model"))
    }

    /// Whether it may use this model.
    pub fn allows_model(&self, model: &str) -> bool {
        self.models.is_empty() || self.models.iter().any(|pattern| pattern.matches(model))
    }

    /// Whether its list has this model in full, and not just a pattern that it matches.
    pub fn lists_model(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| pattern.pattern_chars().iter().copied().eq(model.chars()))
    }

    /// Whether it may use this model of this provider, as a fallback would.
    pub fn allows(&self, provider: &str, model: &str) -> bool {
        self.check_provider(provider).is_ok() && self.allows_model(model)
    }

    /// Whether there are models that it may not use.
    pub fn limits_models(&self) -> bool {
        !self.models.is_empty()
    }

    /// Refuses an address that it may not be used from. One that isn't known is none of those
    /// listed. `from` is only asked for when there is a list.
    pub fn check_address(&self, from: impl FnOnce() -> Option<IpAddr>) -> Result<(), ApiError> {
        if self.networks.is_empty() {
            return Ok(());
        }
        let allowed =
            from().is_some_and(|from| self.networks.iter().any(|net| net.contains(&from)));
        if allowed {
            return Ok(());
        }
        let words = "the client token may not be used from this address";
        Err(ApiError::new(ErrorCode::IpNotAllowed, words))
    }
}

/// An address, or a network as `10.0.0.0/8`. An IPv4 address written as IPv6 is taken for what it
/// is, since callers' addresses are, too.
pub fn network(text: &str) -> Option<IpNet> {
    let address = |text: &str| text.parse::<IpAddr>().ok().map(|at| IpNet::from(at.to_canonical()));
    text.parse::<IpNet>().ok().map(|net| net.trunc()).or_else(|| address(text))
}

/// A stored list of texts.
pub fn list(json: &str) -> Option<Vec<String>> {
    serde_json::from_str(json).ok()
}
