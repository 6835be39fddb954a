//! `POST /admin/api-keys/import-with-validation`: takes in the keys that their upstream takes.

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use tokio::sync::oneshot;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::actors::jobs::{DUPLICATE, IMPORT, INVALID, ImportParams, SKIPPED};
use crate::actors::key_pool::PURPOSE;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::admin::jobs::{self, JobBegun};
use crate::http::extract::{Administrator, enabled_provider};
use crate::import::{Entry, Item, Parser};
use crate::jobs::Counts;
use crate::models::job_item::{ImportCounts, NewItem, PENDING};
use crate::vault::{Vault, VaultError, mask};

/// What the import is called in the list of imports.
const SOURCE: &str = "import-with-validation";

/// The most of a body, in bytes: about two hundred thousand keys.
pub const BODY_MAX: usize = 16 << 20;

/// Keys to import.
#[derive(Deserialize, ToSchema)]
pub struct ValidatedImport {
    /// The file, in any format that imports take.
    #[schema(example = "ann@example.com----sk-0123456789abcdef")]
    content: String,
    /// Whose keys; `ollama` unless given.
    #[schema(example = "ollama")]
    provider: Option<String>,
    /// Take keys in, too, about which nothing could be found out.
    #[serde(default, alias = "keepUnclear")]
    #[schema(example = false)]
    keep_unclear: bool,
}

/// Begins an import in which every key is probed first; the job tells how far it is.
#[utoipa::path(
    post, path = "/admin/api-keys/import-with-validation", tag = "Imports",
    request_body = ValidatedImport,
    responses(
        (status = 202, body = JobBegun),
        (status = 400, body = AdminError),
        (status = 401, body = AdminError),
        (status = 404, body = AdminError),
        (status = 413, body = AdminError),
        (status = 422, body = AdminError),
        (status = 429, body = AdminError),
        (status = 503, body = AdminError),
    ),
)]
pub async fn import_with_validation(
    admin: Administrator,
    app: web::Data<App>,
    ask: web::Json<ValidatedImport>,
) -> Result<HttpResponse, Admin> {
    let ValidatedImport { content, provider, keep_unclear } = ask.into_inner();
    let provider = enabled_provider(&app, provider.as_deref())?;
    let id = Uuid::now_v7();
    let vault = Arc::clone(&app.vault);
    // Some hundred thousand keys take a second to seal: not on the thread that serves requests.
    let (tell, told) = oneshot::channel();
    let work = move || drop(tell.send(prepare(&vault, id, &content)));
    let interrupted = || ApiError::new(ErrorCode::Unavailable, "the import can't begin now");
    std::thread::Builder::new().name("import".to_owned()).spawn(work).map_err(|_| interrupted())?;
    let (items, counts) = told.await.map_err(|_| interrupted())??;
    if items.is_empty() {
        return Err(invalid("content", "there is nothing to import").into());
    }
    let mut conn = app.database.get().await?;
    conn.transaction(async |conn| -> Result<(), ApiError> {
        let now = app.clock.now().naive();
        let opened =
            ImportCounts::from(counts).open(conn, &provider.id, SOURCE, &admin.0.name, now);
        let import_id = opened.await?;
        let params = ImportParams { provider: provider.id.clone(), import_id, keep_unclear };
        jobs::store(&app, &admin, conn, (id, IMPORT), &params, counts).await?;
        Ok(NewItem::insert(conn, &items).await?)
    })
    .await?;
    Ok(jobs::begun(&app, id))
}

/// Reads the file and seals its keys. What is no key, or there before, is decided already.
fn prepare(vault: &Vault, job: Uuid, content: &str) -> Result<(Vec<NewItem>, Counts), VaultError> {
    let (mut seen, mut counts) = (HashSet::new(), Counts::default());
    let mut items = Vec::new();
    let job_id = job.to_string();
    for (seq, item) in (0..).zip(Parser::all(content.as_bytes())) {
        let item = match item {
            Item::Bad(bad) if bad.reason.is_skip() => {
                counts.skipped += 1;
                decided(&job_id, seq, bad.line, SKIPPED, bad.reason.as_str())
            }
            Item::Bad(bad) => {
                counts.invalid += 1;
                decided(&job_id, seq, bad.line, INVALID, bad.reason.as_str())
            }
            Item::Entry(entry) => {
                let fingerprint = vault.fingerprint(&entry.secret);
                if seen.insert(fingerprint.clone()) {
                    pending(vault, &job_id, seq, entry, fingerprint)?
                } else {
                    counts.duplicates += 1;
                    decided(&job_id, seq, entry.line, DUPLICATE, "")
                }
            }
        };
        items.push(item);
    }
    counts.total = u64::try_from(items.len()).unwrap_or(u64::MAX);
    Ok((items, counts.sum()))
}

fn decided(job: &str, seq: i64, line: u64, state: &'static str, detail: &'static str) -> NewItem {
    NewItem {
        job_id: job.to_owned(),
        seq,
        line: i64::try_from(line).unwrap_or(i64::MAX),
        state,
        username: String::new(),
        account: String::new(),
        ttl_secs: 0,
        masked: String::new(),
        fingerprint: String::new(),
        sealed: String::new(),
        sealed_with: String::new(),
        detail,
    }
}

fn pending(
    vault: &Vault,
    job: &str,
    seq: i64,
    entry: Entry,
    fingerprint: String,
) -> Result<NewItem, VaultError> {
    // Sealed as the pool's keys are, so that the text moves over as it is.
    let sealed = vault.seal(PURPOSE, &entry.secret)?;
    Ok(NewItem {
        username: entry.username,
        account: entry.account,
        ttl_secs: entry.ttl_secs.unwrap_or(0),
        masked: mask(&entry.secret),
        fingerprint,
        sealed: sealed.sealed,
        sealed_with: sealed.sealed_with,
        ..decided(job, seq, entry.line, PENDING, "")
    })
}
