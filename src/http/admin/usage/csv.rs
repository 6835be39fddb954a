//! A usage report as CSV, written as it is read.

use actix_web::http::header::{CONTENT_DISPOSITION, ContentType};
use actix_web::{HttpResponse, rt, web};
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc;

use super::super::period::Period;
use super::{Asked, UsageView};
use crate::app::App;
use crate::error::{ApiError, ErrorCode};
use crate::models::latency::{Spreads, SpreadsBy};
use crate::models::usage_report::{Slice, UsageSums};
use crate::spreadsheet::harmless;

/// Rows read at once.
const CHUNK: i64 = 2_000;

/// Chunks that wait for a slow reader.
const AHEAD: usize = 2;

/// The columns, as in JSON. New ones come last: spreadsheets count on the places of the others.
const HEADER: [&str; 26] = [
    "period",
    "id",
    "label",
    "requests",
    "success",
    "failure",
    "cancelled",
    "success_rate",
    "status_4xx",
    "status_429",
    "status_5xx",
    "attempts",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "avg_latency_ms",
    "avg_ttft_ms",
    "latency_p50_ms",
    "latency_p95_ms",
    "latency_p99_ms",
    "ttft_p50_ms",
    "ttft_p95_ms",
    "ttft_p99_ms",
    "client_errors",
    "refused",
    "failed_attempts",
];

/// The report broke off: the connection is cut, so that a part isn't taken for the whole.
#[derive(Debug, thiserror::Error)]
#[error("the report broke off")]
struct BrokenOff;

/// The report; its first rows are read before it begins, so that an error can still be told.
pub async fn answer(
    app: web::Data<App>,
    asked: Asked,
    period: Period,
) -> Result<HttpResponse, ApiError> {
    let mut conn = app.database.get().await?;
    let spreads = Spreads::read(&mut conn, &asked.filter, asked.by, asked.group).await?;
    drop(conn);
    let first = chunk(&app, &asked, 0).await?;
    let (send, receive) = mpsc::channel(AHEAD);
    // A task of its own: a client that leaves abandons no statement.
    rt::spawn(async move {
        if produce(&app, &asked, spreads.as_ref(), first, &send).await.is_err() {
            let _ = send.send(Err(BrokenOff)).await;
        }
    });
    let body =
        stream::unfold(receive, |mut receive: mpsc::Receiver<Result<Bytes, BrokenOff>>| async {
            let piece = receive.recv().await?;
            Some((piece, receive))
        });
    let name = format!("usage-{}-{}.csv", period.from.format("%F"), period.to.format("%F"));
    Ok(HttpResponse::Ok()
        .insert_header(ContentType(mime()))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(body))
}

fn mime() -> actix_web::mime::Mime {
    actix_web::mime::TEXT_CSV_UTF_8
}

async fn chunk(app: &App, asked: &Asked, offset: i64) -> Result<Vec<UsageSums>, ApiError> {
    let slice = Slice { limit: CHUNK, offset, busiest_first: false };
    let mut conn = app.database.get().await?;
    Ok(UsageSums::read(&mut conn, &asked.filter, asked.by, asked.group, slice).await?)
}

/// Reads and writes chunk by chunk, as fast as the client takes them.
async fn produce(
    app: &App,
    asked: &Asked,
    spreads: Option<&SpreadsBy>,
    first: Vec<UsageSums>,
    send: &mpsc::Sender<Result<Bytes, BrokenOff>>,
) -> Result<(), ApiError> {
    let (mut rows, mut offset) = (first, 0);
    loop {
        let views = rows.iter().map(|sums| UsageView::of(sums, asked.group, spreads));
        let text = write(offset == 0, views).map_err(|error| {
            log::error!("a report can't be written: {error}");
            ApiError::new(ErrorCode::Internal, "the report can't be written")
        })?;
        let last = i64::try_from(rows.len()).is_ok_and(|rows| rows < CHUNK);
        if send.send(Ok(Bytes::from(text))).await.is_err() || last {
            return Ok(());
        }
        offset += CHUNK;
        rows = chunk(app, asked, offset).await?;
    }
}

fn write(with_header: bool, rows: impl Iterator<Item = UsageView>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer.write_record(HEADER)?;
    }
    for row in rows {
        writer.write_record(fields(&row))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn fields(row: &UsageView) -> [String; HEADER.len()] {
    let (c, p) = (&row.counts, &row.percentiles);
    let maybe = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    [
        row.period.clone().unwrap_or_default(),
        harmless(&row.id).into_owned(),
        harmless(&row.label).into_owned(),
        c.requests.to_string(),
        c.success.to_string(),
        c.failure.to_string(),
        c.cancelled.to_string(),
        c.success_rate.to_string(),
        c.status_4xx.to_string(),
        c.status_429.to_string(),
        c.status_5xx.to_string(),
        c.attempts.to_string(),
        c.prompt_tokens.to_string(),
        c.completion_tokens.to_string(),
        c.total_tokens.to_string(),
        maybe(c.avg_latency_ms),
        maybe(c.avg_ttft_ms),
        maybe(p.latency_p50_ms),
        maybe(p.latency_p95_ms),
        maybe(p.latency_p99_ms),
        maybe(p.ttft_p50_ms),
        maybe(p.ttft_p95_ms),
        maybe(p.ttft_p99_ms),
        c.client_errors.to_string(),
        c.refused.to_string(),
        c.failed_attempts.to_string(),
    ]
}
