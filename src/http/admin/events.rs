//! `GET /admin/events`: a WebSocket that tells what happens.

mod flow;
mod pass;
mod session;

use std::sync::atomic::Ordering;

use actix_web::body::BoxBody;
use actix_web::http::Uri;
use actix_web::http::header::{HOST, HeaderValue, ORIGIN};
use actix_web::{HttpRequest, HttpResponse, rt, web};
use serde::Deserialize;
use tokio::sync::oneshot;
use utoipa::IntoParams;

use self::pass::Pass;
use self::session::{Cut, Session};
use crate::actors::events::{NoSeat, TOPICS, Topics};
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError, ErrorCode, invalid};
use crate::http::extract::{Administrator, By, offered_token};
use crate::vault::token_hash;

/// The protocol that is spoken. Browsers want one of those that they offer to be chosen, and the
/// other that they offer is their token.
const PROTOCOL: &str = "pool.events";

/// The largest message that a viewer may send: there is nothing for it to say.
const HEARD_MAX: usize = 1 << 10;

/// What to watch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Any of `stats`, `key`, `job` and `request`, separated by commas; the first three unless
    /// given.
    #[param(example = "stats,key,job,request")]
    topics: Option<String>,
}

/// What happens, as messages in JSON: `{"type", "at", "data"}`.
///
/// `stats` comes every two seconds: requests since the last one, under way, and keys by provider
/// and state; `key` when a key changes its state; `job` when a job gets on; `request` is the log
/// live, fifty lines a second at most. `missed` tells how many events came too fast.
///
/// The token goes into `Authorization`, or, for programs in browsers, which can't set that, into the
/// list of protocols: `new WebSocket(url, ["pool.events", "bearer.TOKEN"])`. The dashboard has a
/// cookie. Pages of other hosts are refused. A reader that is too slow is closed with 1013, one that answers no ping for 30 seconds
/// with 1008, and so is one that is no longer signed in as an administrator, or whose admin token
/// is replaced; a stop of the server closes with 1001.
#[utoipa::path(
    get, path = "/admin/events", tag = "Reports", params(EventsQuery),
    responses(
        (status = 101, description = "The WebSocket is open"),
        (status = 400, description = "No WebSocket handshake", body = AdminError),
        (status = 401, body = AdminError),
        (status = 403, description = "A page of another host", body = AdminError),
        (status = 422, description = "No such topic", body = AdminError),
        (status = 503, description = "64 watch already, or the server stops", body = AdminError),
    ),
)]
pub async fn watch(
    admin: Administrator,
    app: web::Data<App>,
    query: web::Query<EventsQuery>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Admin> {
    if !is_same_host(&request) {
        let words = "pages of other hosts may not watch";
        return Err(ApiError::new(ErrorCode::Forbidden, words).into());
    }
    let topics = match query.topics.as_deref() {
        Some(text) => Topics::parse(text)
            .ok_or_else(|| invalid("topics", format!("topics are {}", TOPICS.join(", "))))?,
        None => Topics::default(),
    };
    let opened = actix_ws::handle_with_protocols(&request, payload, &[PROTOCOL]);
    let (response, socket, heard) = opened.map_err(|_| {
        ApiError::new(ErrorCode::Malformed, "this path takes a WebSocket handshake only")
    })?;
    if app.draining.load(Ordering::Acquire) {
        return Err(no_seat(NoSeat::Stopping).into());
    }
    let viewer = app.actors.events.watch(topics).await?.map_err(no_seat)?;
    let (end, ended) = oneshot::channel();
    let Administrator(_, by) = admin;
    let pass = match by {
        By::Token => Pass::Token(token_hash(offered_token(&request).unwrap_or_default())),
        By::TokenSession(session) => Pass::TokenSession(session),
        By::Session(member) => Pass::Session(member),
    };
    let revoked = pass::revoked(app, pass);
    let session = Session::new(socket, heard.max_frame_size(HEARD_MAX), viewer, revoked);
    rt::spawn(session.serve(end));
    Ok(response.map_body(|_, body| BoxBody::new(Cut::new(body, ended))))
}

fn no_seat(why: NoSeat) -> ApiError {
    match why {
        NoSeat::Full => {
            ApiError::new(ErrorCode::Unavailable, "as many watch as can").retry_after(10)
        }
        NoSeat::Stopping => {
            ApiError::new(ErrorCode::Unavailable, "the server is being stopped").retry_after(2)
        }
    }
}

/// Whether the page that asks, if it is one, came from here. Browsers open WebSockets to any host,
/// whatever CORS says, but tell which page asks.
fn is_same_host(request: &HttpRequest) -> bool {
    let Some(origin) = request.headers().get(ORIGIN) else { return true };
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_ascii_lowercase);
    let host = request.headers().get(HOST).and_then(text);
    let origin = text(origin).and_then(|origin| origin.parse::<Uri>().ok());
    let authority = origin.as_ref().and_then(|origin| {
        let known = matches!(origin.scheme_str(), Some("http" | "https"));
        origin.authority().filter(|_| known).map(|authority| authority.as_str())
    });
    authority.is_some() && authority == host.as_deref()
}
