//! Keys as CSV, sent as they are read.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, rt, web};
use bytes::Bytes;
use tokio::sync::mpsc;

use crate::app::App;
use crate::clock::Millis;
use crate::error::ApiError;
use crate::models::key_list::KeyFilter;
use crate::models::upstream_key::UpstreamKey;

/// Keys read at once.
const CHUNK: i64 = 1_000;

/// Chunks that may wait for a slow client: a few hundred kB.
const WAITING: usize = 2;

/// A table of keys.
#[derive(Clone, Copy)]
pub struct Sheet {
    /// The file's name.
    pub name: &'static str,
    /// The first line.
    pub header: &'static [&'static str],
    /// A key's line; `None` leaves it out.
    pub line: fn(&App, &UpstreamKey, Millis) -> Option<Vec<String>>,
}

/// An answer with the keys that the filter names, by id. It breaks off when the database does, so
/// that a part isn't taken for the whole.
pub fn answer(app: web::Data<App>, filter: KeyFilter, sheet: Sheet) -> HttpResponse {
    let (sender, receiver) = mpsc::channel(WAITING);
    // On a task of its own: a client that leaves must not abandon a statement half-way.
    drop(rt::spawn(async move {
        if let Err(error) = write(&app, &filter, sheet, &sender).await {
            log::warn!("an export of keys broke off: {error}");
            let _ = sender.send(Err(std::io::Error::other("the export broke off"))).await;
        }
    }));
    let pieces = futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", sheet.name)))
        .streaming(pieces)
}

async fn write(
    app: &App,
    filter: &KeyFilter,
    sheet: Sheet,
    to: &mpsc::Sender<Result<Bytes, std::io::Error>>,
) -> Result<(), ApiError> {
    let (mut after, mut lines) = (0, vec![sheet.header.iter().map(|&it| it.to_owned()).collect()]);
    loop {
        let now = app.clock.now();
        let mut conn = app.database.get().await?;
        let rows = UpstreamKey::matching(&mut conn, filter, after, CHUNK, now.naive()).await?;
        drop(conn);
        lines.extend(rows.iter().filter_map(|row| (sheet.line)(app, row, now)));
        // Nobody reads any more when it isn't taken.
        if to.send(Ok(csv(&std::mem::take(&mut lines))?)).await.is_err() {
            return Ok(());
        }
        match rows.last() {
            Some(row) => after = row.id,
            None => return Ok(()),
        }
    }
}

fn csv(lines: &[Vec<String>]) -> Result<Bytes, ApiError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |_| ApiError::new(crate::error::ErrorCode::Internal, "no CSV could be written");
    for line in lines {
        writer.write_record(line).map_err(failed)?;
    }
    Ok(writer.into_inner().unwrap_or_default().into())
}
