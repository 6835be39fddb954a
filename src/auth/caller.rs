//! A client, as far as a request needs to know.

use super::access::{Access, BadList};
use super::refusal::TokenRefusal;
use crate::clock::Millis;
use crate::limits::Limits;
use crate::models::client_token::ClientToken;

/// Who is calling, as far as a request needs to know.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token's row.
    pub token: i64,
    /// Where it may be used, and what for.
    pub access: Access,
    /// What it may use, where that is limited.
    pub limits: Option<Limits>,
    /// It is a user's own key.
    is_own: bool,
    enabled: bool,
    expires_at: Option<Millis>,
    /// It is the token from before a rotation, which opens until then.
    replaced_at: Option<Millis>,
}

impl Caller {
    /// The owner of the token with this hash, which is the row's or the one before it.
    pub fn of(row: &ClientToken, hash: &str) -> Result<Self, BadList> {
        let old = row.token_hash != hash;
        let until = row.previous_until.map_or(Millis(i64::MIN), Millis::from);
        Ok(Self {
            token: row.id,
            access: Access::of(row)?,
            limits: row.limits().some(),
            is_own: row.user_id.is_some(),
            enabled: row.enabled,
            expires_at: row.expires_at.map(Millis::from),
            replaced_at: old.then_some(until),
        })
    }

    /// Refuses a token that opens nothing now.
    pub fn check(&self, now: Millis) -> Result<(), TokenRefusal> {
        if self.replaced_at.is_some_and(|at| at <= now) {
            return Err(TokenRefusal::Unknown);
        }
        if !self.enabled {
            return Err(TokenRefusal::Disabled);
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            return Err(TokenRefusal::Expired { is_own: self.is_own });
        }
        Ok(())
    }
}
