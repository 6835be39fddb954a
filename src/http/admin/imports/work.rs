//! One import, on a thread of its own: reading and sealing would hold up a web worker's requests.

use actix_web::{HttpResponse, web};
use bytes::Bytes;
use futures_util::stream::poll_fn;
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};

use crate::actors::mailbox::Unavailable;
use crate::app::App;
use crate::audit::Actor;
use crate::db::DatabaseError;
use crate::error::{ApiError, ErrorCode};
use crate::http::admin::jobs;
use crate::import::{BATCH, ImportError, ImportParts, Imported, Options, breathe, gather};
use crate::models::import::Import;
use crate::models::upstream_key::UpstreamKey;
use crate::vault::Vault;

/// Pieces that wait for the thread, each as large as the connection gives them.
const PIECES: usize = 8;

/// Imports that are read at once, as each keeps something of every key.
static READING: Semaphore = Semaphore::const_new(4);

/// Held while keys are stored and put into the pool, or taken out of both: an undo between the two
/// would leave the pool with keys that are gone.
pub static STORING: Mutex<()> = Mutex::const_new(());

/// So many new keys change how the table is best read.
const MANY: u64 = 10_000;

/// Keys given to the pool at once: it serves nobody meanwhile.
const CHUNK: usize = BATCH / 2;

/// Times that the pool is asked, which may be starting anew.
const TRIES: usize = 5;

/// An import under way.
pub struct Work {
    pieces: mpsc::Sender<Result<Bytes, ImportError>>,
    done: oneshot::Receiver<Result<Imported, ApiError>>,
}

impl Work {
    /// Begins one.
    pub async fn begin(
        app: &web::Data<App>,
        actor: Actor,
        options: Options,
    ) -> Result<Self, ApiError> {
        let turn = READING.acquire().await.map_err(|_| Unavailable)?;
        let (pieces, mut incoming) = mpsc::channel(PIECES);
        let (tell, done) = oneshot::channel();
        let app = app.clone().into_inner();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(no_thread)?;
        let work = move || {
            let source = poll_fn(move |cx| incoming.poll_recv(cx));
            let result = runtime.block_on(import(&app, &actor, &options, source));
            let added = match &result {
                Ok(Imported::Report(report)) if !report.dry_run => report.added,
                _ => 0,
            };
            drop(turn);
            let _ = tell.send(result);
            if added >= MANY {
                runtime.block_on(take_stock(&app));
            }
        };
        std::thread::Builder::new().name("import".to_owned()).spawn(work).map_err(no_thread)?;
        Ok(Self { pieces, done })
    }

    /// Hands over a piece, or what is wrong with the rest. False when no more are wanted.
    pub async fn push(&self, piece: Result<Bytes, ApiError>) -> bool {
        self.pieces.send(piece.map_err(ImportError::Source)).await.is_ok()
    }

    /// All was handed over: waits, and tells what it came to.
    pub async fn finish(self, app: &App) -> Result<HttpResponse, ApiError> {
        drop(self.pieces);
        let gone = |_| ApiError::new(ErrorCode::Internal, "the import broke off");
        Ok(match self.done.await.map_err(gone)?? {
            Imported::Report(report) => HttpResponse::Ok().json(report),
            Imported::Job(id) => jobs::begun(app, id),
        })
    }
}

fn no_thread(error: std::io::Error) -> ApiError {
    log::error!("no thread for an import: {error}");
    ApiError::new(ErrorCode::Unavailable, "there is no thread for it now").retry_after(5)
}

async fn import(
    app: &App,
    actor: &Actor,
    options: &Options,
    source: impl futures_util::Stream<Item = Result<Bytes, ImportError>>,
) -> Result<Imported, ApiError> {
    let parts = ImportParts {
        database: app.database.clone(),
        bulk_turn: app.bulk_turn.clone(),
        vault: app.vault.clone(),
        clock: app.clock.clone(),
        spool_dir: app.config.database.data_dir.clone(),
    };
    let gathered = gather(&parts, options, source, &|_| ()).await?;
    let _turn = STORING.lock().await;
    let imported = gathered.store(&parts, options, actor, &|_| ()).await?;
    if let Imported::Report(report) = &imported
        && let Some(id) = report.import_id
    {
        feed(app, id).await?;
        log::info!("import {id} added {} keys of {}", report.added, report.total);
    }
    Ok(imported)
}

/// Gives an import's keys to the pool, a few at a time, so that leases go between them.
async fn feed(app: &App, import: i64) -> Result<(), ApiError> {
    let extent = Import::extent(&mut app.database.get().await?, import).await?;
    let Some((first, last)) = extent else { return Ok(()) };
    for first in (first..=last).step_by(BATCH) {
        let ids = first..=last.min(first + BATCH as i64 - 1);
        let mut conn = app.database.get().await?;
        let rows = UpstreamKey::of_import(&mut conn, import, ids).await?;
        drop(conn);
        let keys: Vec<_> = rows.into_iter().filter_map(|row| opened(&app.vault, row)).collect();
        for chunk in keys.chunks(CHUNK) {
            give(app, chunk).await.inspect_err(|_| {
                log::error!("import {import} is stored, but the pool takes its keys at restart");
            })?;
        }
        breathe().await;
    }
    Ok(())
}

async fn take_stock(app: &App) {
    let stock = async || -> Result<(), DatabaseError> {
        Ok(UpstreamKey::take_stock(&mut app.database.get().await?).await?)
    };
    if let Err(error) = stock().await {
        log::warn!("lists may be slow until the database takes stock itself: {error}");
    }
}

async fn give(app: &App, keys: &[(UpstreamKey, String)]) -> Result<(), Unavailable> {
    let mut given = app.actors.key_pool.add(keys).await;
    for _ in 1..TRIES {
        if given.is_ok() {
            break;
        }
        given = app.actors.key_pool.add(keys).await;
    }
    given
}

fn opened(vault: &Vault, row: UpstreamKey) -> Option<(UpstreamKey, String)> {
    let secret = row.open(vault).ok()?;
    Some((row, secret))
}
