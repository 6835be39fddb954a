//! `POST /admin/api-keys/export`: whole keys, by an explicit choice only.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::query::PickFilter;
use super::reveal::Ceiling;
use super::sheet::{Sheet, answer};
use crate::accounts::tell_administrators;
use crate::app::App;
use crate::audit::Deed;
use crate::clock::Millis;
use crate::error::{Admin, AdminError, invalid};
use crate::http::extract::{Json, Sudo};
use crate::mail::Message;
use crate::models::upstream_key::UpstreamKey;
use crate::spreadsheet::harmless;

/// What has to be written to get them.
const CONFIRM: &str = "export all secrets";

/// Such exports in an hour.
const EXPORTS: Ceiling = Ceiling { what: "export-secrets", each: 5, all: 15 };

/// A table that the imports read. Of what they don't know they take no notice.
const SHEET: Sheet = Sheet {
    name: "keys-with-secrets.csv",
    header: &["api_key", "username", "account", "ttl", "provider", "weight", "max_concurrency"],
    line,
};

/// The choice, in so many words.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportSecrets {
    /// Must be true.
    #[schema(example = true)]
    secrets: bool,
    /// Must be `export all secrets`.
    #[schema(example = "export all secrets")]
    confirm: String,
    /// Which keys; all of `ollama` unless given.
    #[serde(default)]
    filter: PickFilter,
}

/// The whole keys that the filter names as CSV, which the imports can read. Noted in the audit
/// log, and every administrator with an account is mailed; 5 an hour for each administrator, and 15
/// for all together. Names that a spreadsheet would take for a formula begin with an apostrophe;
/// keys stay as they are.
#[utoipa::path(
    post, path = "/admin/api-keys/export", tag = "Keys", request_body = ExportSecrets,
    responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = 400, body = AdminError), (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`, or no administrator"),
        (status = 404, body = AdminError), (status = 413, body = AdminError),
        (status = 415, body = AdminError), (status = 422, body = AdminError),
        (status = 429, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn export_secrets(
    Sudo(admin): Sudo,
    app: web::Data<App>,
    ask: Json<ExportSecrets>,
) -> Result<HttpResponse, Admin> {
    if !ask.secrets {
        return Err(invalid("secrets", "for masked keys use GET").into());
    }
    if ask.confirm != CONFIRM {
        return Err(invalid("confirm", format!("write `{CONFIRM}` to confirm")).into());
    }
    let filter = ask.filter.filter(&app)?;
    EXPORTS.count(&app, &admin).await?;
    let _ = app.actors.key_pool.save().await;
    let mut conn = app.database.get().await?;
    let keys = UpstreamKey::count(&mut conn, &filter, app.clock.now().naive()).await?;
    let after = json!({"keys": keys, "secrets": true, "filter": ask.filter});
    let deed = Deed::new("key.export", "keys").after(after);
    conn.transaction(async |conn| admin.did(&app, conn, deed).await).await?;
    tell_administrators(&app, &mut conn, &Message::KeysExported).await?;
    drop(conn);
    Ok(answer(app, filter, SHEET))
}

fn line(app: &App, row: &UpstreamKey, now: Millis) -> Option<Vec<String>> {
    let Ok(secret) = row.open(&app.vault) else {
        log::error!("key {} can't be decrypted: left out of the export", row.id);
        return None;
    };
    // An end that is past must not become none.
    let ttl = row.expires_at.map(|at| (Millis::from(at).0 - now.0).max(1000) / 1000);
    Some(vec![
        secret,
        harmless(&row.username).into_owned(),
        harmless(&row.account).into_owned(),
        ttl.map(|secs| secs.to_string()).unwrap_or_default(),
        row.provider.clone(),
        row.weight.to_string(),
        row.max_concurrency.to_string(),
    ])
}
