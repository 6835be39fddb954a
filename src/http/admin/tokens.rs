//! Client tokens: `/admin/tokens`, and `/admin/client-tokens` with the older field names.

use actix_web::{HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::stats::{settle, with_paging};
use crate::app::App;
use crate::clock::rfc3339;
use crate::error::{Admin, ApiError, invalid, not_found};
use crate::http::extract::{Administrator, provider};
use crate::models::client_token::{ClientToken, NewClientToken};
use crate::models::page::Page;
use crate::vault::{VaultError, mask, token_hash};

/// What tokens are sealed for.
const PURPOSE: &str = "client-token";

const NAME_MAX: usize = 256;

/// Ten years, in seconds.
const LIFE_MAX: i64 = 315_360_000;

/// A token to make. Fields that this version can't honour are refused rather than ignored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    name: String,
    /// Seconds; 0 or nothing for no end.
    #[serde(alias = "ttl", rename = "expiresIn")]
    expires_in: Option<i64>,
    /// The only provider it may use; nothing for every one.
    provider: Option<String>,
}

/// Which token.
#[derive(Deserialize)]
pub struct Which {
    id: Option<i64>,
    token: Option<String>,
}

/// What can be changed.
#[derive(Deserialize)]
pub struct Change {
    enabled: bool,
}

/// One page of the tokens, masked.
pub async fn list(
    _: Administrator,
    app: web::Data<App>,
    page: web::Query<Page>,
) -> Result<HttpResponse, Admin> {
    Ok(listed(&app, *page, "tokens").await?)
}

/// As [`list`], under the older field name.
pub async fn list_as_client_tokens(
    _: Administrator,
    app: web::Data<App>,
    page: web::Query<Page>,
) -> Result<HttpResponse, Admin> {
    Ok(listed(&app, *page, "client_tokens").await?)
}

/// Makes a token and shows it, once.
pub async fn create(
    _: Administrator,
    app: web::Data<App>,
    new: web::Json<NewToken>,
) -> Result<HttpResponse, Admin> {
    let new = new.into_inner();
    let name = new.name.trim();
    let printable = !name.chars().any(char::is_control);
    if !(1..=NAME_MAX).contains(&name.chars().count()) || !printable {
        let words = "a name has 1 to 256 characters, none a control character";
        return Err(invalid("name", words).into());
    }
    let life = new.expires_in.unwrap_or(0);
    if !(0..=LIFE_MAX).contains(&life) {
        return Err(
            invalid("expiresIn", "seconds from now, at most ten years; 0 for no end").into()
        );
    }
    let only = new.provider.as_deref().map(|named| provider(&app, Some(named))).transpose()?;
    let token = random_token()?;
    let hash = hex::encode(token_hash(&token));
    let sealed = app.vault.seal(PURPOSE, &token)?;
    let now = app.clock.now();
    let row = NewClientToken {
        name,
        provider: only.as_ref().map(|only| only.id.as_str()),
        masked: &mask(&token),
        token_hash: &hash,
        sealed: &sealed.sealed,
        sealed_with: &sealed.sealed_with,
        created_at: now.naive(),
        expires_at: (life > 0).then(|| now.plus_secs(life).naive()),
    };
    let row = ClientToken::insert(&mut app.database.get().await?, &row).await?;
    app.tokens.forget(&hash);
    let mut shown = one(&row);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("token".to_owned(), json!(token));
        shown.insert("success".to_owned(), json!(true));
    }
    Ok(HttpResponse::Created().json(shown))
}

/// Switches a token on or off, at once.
pub async fn change(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
    change: web::Json<Change>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let row = ClientToken::set_enabled(&mut conn, *id, change.enabled).await?;
    let row = row.ok_or_else(|| not_found("token"))?;
    app.tokens.forget(&row.token_hash);
    Ok(HttpResponse::Ok().json(one(&row)))
}

/// Deletes a token by id or by itself.
pub async fn delete(
    _: Administrator,
    app: web::Data<App>,
    which: web::Json<Which>,
) -> Result<HttpResponse, Admin> {
    let id = match (&which.token, which.id) {
        (_, Some(id)) => id,
        (Some(token), None) => {
            let hash = hex::encode(token_hash(token.trim()));
            let found = ClientToken::by_hash(&mut app.database.get().await?, &hash).await?;
            found.ok_or_else(|| not_found("token"))?.id
        }
        (None, None) => return Err(invalid("id", "name a token, by `id` or `token`").into()),
    };
    Ok(remove(&app, id).await?)
}

/// Deletes a token by its id.
pub async fn delete_one(
    _: Administrator,
    app: web::Data<App>,
    id: web::Path<i64>,
) -> Result<HttpResponse, Admin> {
    Ok(remove(&app, *id).await?)
}

async fn remove(app: &App, id: i64) -> Result<HttpResponse, ApiError> {
    let gone = ClientToken::delete(&mut app.database.get().await?, id).await?;
    let gone = gone.ok_or_else(|| not_found("token"))?;
    app.tokens.forget(&gone.token_hash);
    Ok(HttpResponse::Ok().json(json!({"success": true, "deleted": 1})))
}

async fn listed(app: &App, page: Page, name: &str) -> Result<HttpResponse, ApiError> {
    settle(app).await;
    let (rows, total) = ClientToken::list(&mut app.database.get().await?, page).await?;
    let rows: Vec<Value> = rows.iter().map(one).collect();
    with_paging(json!({ name: rows }), page.of(total))
}

fn one(row: &ClientToken) -> Value {
    json!({
        "id": row.id,
        "token": row.masked,
        "name": row.name,
        "provider": row.provider,
        "createdAt": rfc3339(row.created_at),
        "expires_at": row.expires_at.map(rfc3339),
        "requestCount": row.request_count,
        "lastUsed": row.last_used_at.map(rfc3339),
        "enabled": row.enabled,
    })
}

/// `sk-pool-` and 256 random bits.
fn random_token() -> Result<String, VaultError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::Random)?;
    Ok(format!("sk-pool-{}", URL_SAFE_NO_PAD.encode(bytes)))
}
