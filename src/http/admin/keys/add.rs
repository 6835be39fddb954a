//! `POST /admin/api-keys`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::actors::key_pool::PURPOSE;
use crate::app::App;
use crate::error::{Admin, ApiError, ErrorCode, invalid};
use crate::http::extract::{Administrator, provider};
use crate::models::upstream_key::{NewUpstreamKey, UpstreamKey};
use crate::vault::mask;

/// The longest key in bytes; the longest known (JWTs) are below a thousand.
const KEY_MAX: usize = 2048;

/// The longest name or account in characters.
const NAME_MAX: usize = 256;

/// The heaviest weight: beyond it one key serves a turn almost alone.
const WEIGHT_MAX: i32 = 1000;

/// A century, in seconds.
const TTL_MAX: i64 = 3_155_760_000;

/// A key to add.
#[derive(Deserialize)]
pub struct NewKey {
    #[serde(alias = "apiKey")]
    api_key: String,
    #[serde(default)]
    username: String,
    /// Seconds until the pool stops using it.
    ttl: Option<i64>,
    provider: Option<String>,
    #[serde(default)]
    account: String,
    weight: Option<i32>,
    max_concurrency: Option<i32>,
}

/// Adds a key; 409 when the provider has it already.
pub async fn add(
    _: Administrator,
    app: web::Data<App>,
    new: web::Json<NewKey>,
) -> Result<HttpResponse, Admin> {
    let new = new.into_inner();
    let provider = provider(&app, new.provider.as_deref())?;
    let secret = new.api_key.trim();
    new.check(secret)?;
    let now = app.clock.now();
    let sealed = app.vault.seal(PURPOSE, secret)?;
    let mut conn = app.database.get().await?;
    let known = app.vault.fingerprints(secret);
    let known = UpstreamKey::by_fingerprints(&mut conn, &provider.id, &known).await?;
    let row = NewUpstreamKey {
        provider: &provider.id,
        username: &new.username,
        account: &new.account,
        masked: &mask(secret),
        fingerprint: &app.vault.fingerprint(secret),
        sealed: &sealed.sealed,
        sealed_with: &sealed.sealed_with,
        weight: new.weight.unwrap_or(1),
        max_concurrency: new.max_concurrency.unwrap_or(0),
        created_at: now.naive(),
        expires_at: new.ttl.filter(|ttl| *ttl > 0).map(|ttl| now.plus_secs(ttl).naive()),
    };
    let added = match known.is_empty() {
        true => UpstreamKey::insert(&mut conn, &row).await?,
        false => None,
    };
    let Some(added) = added else {
        return Err(ApiError::new(ErrorCode::Conflict, "the provider has this key already").into());
    };
    let id = added.id;
    app.actors.key_pool.add(&[(added, secret.to_owned())]).await?;
    Ok(HttpResponse::Created().json(json!({"success": true, "id": id})))
}

impl NewKey {
    fn check(&self, secret: &str) -> Result<(), ApiError> {
        let printable = secret.bytes().all(|b| b.is_ascii_graphic());
        if !(8..=KEY_MAX).contains(&secret.len()) || !printable {
            let words = "a key has 8 to 2048 printable ASCII characters, no spaces";
            return Err(invalid("api_key", words));
        }
        let is_name =
            |text: &str| text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control);
        if !is_name(&self.username) || !is_name(&self.account) {
            let words = "names have at most 256 characters, none a control character";
            return Err(invalid("username", words));
        }
        if !(1..=WEIGHT_MAX).contains(&self.weight.unwrap_or(1)) {
            return Err(invalid("weight", "weights are 1 to 1000"));
        }
        if self.max_concurrency.unwrap_or(0) < 0 {
            return Err(invalid("max_concurrency", "a cap is 1 or more; 0 is none"));
        }
        if !(0..=TTL_MAX).contains(&self.ttl.unwrap_or(0)) {
            return Err(invalid("ttl", "seconds from now, at most a century; 0 for no end"));
        }
        Ok(())
    }
}
