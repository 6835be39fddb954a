//! `POST /admin/api-keys`.

use actix_web::{HttpResponse, web};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::query::Whose;
use super::values::{check_cap, check_name, check_weight};
use crate::app::App;
use crate::audit::Deed;
use crate::clock::rfc3339;
use crate::db::Conn;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::extract::{Administrator, Json, provider};
use crate::models::upstream_key::{NewUpstreamKey, UpstreamKey};
use crate::vault::{Binding, mask};

/// The longest key in bytes; the longest known (JWTs) are below a thousand.
const KEY_MAX: usize = 2048;

/// A century, in seconds.
const TTL_MAX: i64 = 3_155_760_000;

/// A key to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// 8 to 2048 printable ASCII characters.
    #[serde(alias = "apiKey")]
    #[schema(example = "sk-0123456789abcdef")]
    api_key: String,
    #[serde(default)]
    #[schema(example = "ann@example.com")]
    username: String,
    /// Seconds until the pool stops using it; 0 or nothing for no end.
    #[schema(example = 2_592_000)]
    ttl: Option<i64>,
    /// `ollama` unless given.
    #[schema(example = "ollama")]
    provider: Option<String>,
    /// Keys of one account share its waits and its cap; empty for a key on its own.
    #[serde(default)]
    #[schema(example = "ann")]
    account: String,
    /// Picks a turn, 1 to 1000.
    #[schema(example = 1)]
    weight: Option<i32>,
    /// Requests at once; 0 for no cap. The largest among an account's keys is the account's.
    #[schema(example = 3)]
    max_concurrency: Option<i32>,
}

/// The key is there.
#[derive(Debug, Serialize, ToSchema)]
pub struct Added {
    #[schema(example = true)]
    success: bool,
    #[schema(example = 12)]
    id: i64,
}

/// Adds a key; 409 when the provider has it already.
#[utoipa::path(
    post, path = "/admin/api-keys", tag = "Keys", params(Whose), request_body = NewKey,
    responses(
        (status = 201, body = Added), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 409, body = AdminError), (status = 413, body = AdminError),
        (status = 415, body = AdminError), (status = 422, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn add(
    admin: Administrator,
    app: web::Data<App>,
    whose: web::Query<Whose>,
    new: Json<NewKey>,
) -> Result<HttpResponse, Admin> {
    let new = new.into_inner();
    let named = new.provider.as_deref().or(whose.provider.as_deref());
    let provider = provider(&app, named)?;
    let secret = new.api_key.trim();
    new.check(secret)?;
    let now = app.clock.now();
    let fingerprint = app.vault.fingerprint(secret);
    let binding = Binding::upstream_key(&provider.id, &fingerprint);
    let sealed = app.vault.seal(&binding, secret)?;
    let mut conn = app.database.get().await?;
    let known = app.vault.fingerprints(secret);
    let known = UpstreamKey::by_fingerprints(&mut conn, &provider.id, &known).await?;
    let row = NewUpstreamKey {
        provider: &provider.id,
        username: &new.username,
        account: &new.account,
        masked: &mask(secret),
        fingerprint: &fingerprint,
        sealed: &sealed.sealed,
        sealed_with: &sealed.sealed_with,
        weight: new.weight.unwrap_or(1),
        max_concurrency: new.max_concurrency.unwrap_or(0),
        created_at: now.naive(),
        expires_at: new.ttl.filter(|ttl| *ttl > 0).map(|ttl| now.plus_secs(ttl).naive()),
    };
    let added = match known.is_empty() {
        true => insert(&app, &admin, &mut conn, &row).await?,
        false => None,
    };
    let Some(added) = added else {
        return Err(ApiError::new(ErrorCode::Conflict, "the provider has this key already").into());
    };
    let id = added.id;
    app.actors.key_pool.add(&[(added, secret.to_owned())]).await?;
    Ok(HttpResponse::Created().json(Added { success: true, id }))
}

async fn insert(
    app: &App,
    admin: &Administrator,
    conn: &mut Conn<'_>,
    row: &NewUpstreamKey<'_>,
) -> QueryResult<Option<UpstreamKey>> {
    conn.transaction(async |conn| {
        let added = UpstreamKey::insert(conn, row).await?;
        if let Some(added) = &added {
            let after = json!({
                "api_key": added.masked,
                "provider": added.provider,
                "username": added.username,
                "account": added.account,
                "weight": added.weight,
                "max_concurrency": added.max_concurrency,
                "expires_at": added.expires_at.map(rfc3339),
            });
            let deed = Deed::new("key.add", format!("key:{}", added.id)).after(after);
            admin.did(app, conn, deed).await?;
        }
        Ok(added)
    })
    .await
}

impl NewKey {
    fn check(&self, secret: &str) -> Result<(), ApiError> {
        let printable = secret.bytes().all(|b| b.is_ascii_graphic());
        if !(8..=KEY_MAX).contains(&secret.len()) || !printable {
            let words = "a key has 8 to 2048 printable ASCII characters, no spaces";
            return Err(invalid("api_key", words));
        }
        check_name("username", &self.username)?;
        check_name("account", &self.account)?;
        check_weight(self.weight.unwrap_or(1))?;
        check_cap(self.max_concurrency.unwrap_or(0))?;
        if !(0..=TTL_MAX).contains(&self.ttl.unwrap_or(0)) {
            return Err(invalid("ttl", "seconds from now, at most a century; 0 for no end"));
        }
        Ok(())
    }
}
