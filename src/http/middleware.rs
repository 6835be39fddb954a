//! What happens to every request.

use std::sync::atomic::Ordering;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::ConnectionType;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, ResponseError, rt, web};
use uuid::Uuid;

use crate::app::App;
use crate::audit::Actor;
use crate::error::{Admin, ApiError};
use crate::http::body::held::Held;
use crate::http::connection::{Progress, Tracked, suit_version};
use crate::http::extract::{Administrator, Member};
use crate::http::strangers::{self, Door};
use crate::http::{forgive, noted, protect};
use crate::metrics::Answers;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A caller's own id is taken over up to this length, when it is of harmless characters.
const REQUEST_ID_MAX: usize = 64;

/// The id of the request under way, as its answer will carry it.
#[derive(Debug, Clone)]
pub struct RequestId(pub HeaderValue);

impl RequestId {
    /// The id of this request.
    pub fn of(request: &HttpRequest) -> HeaderValue {
        let id = request.extensions().get::<Self>().map(|id| id.0.clone());
        id.unwrap_or_else(|| HeaderValue::from_static(""))
    }
}

/// Gives every answer an id and counts it, and closes connections while the server is being stopped.
pub async fn request_id(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<Tracked>, Error> {
    let progress = Progress::begin(&request);
    let body = Held::of(&mut request, progress.clone());
    forgive::path(&mut request);
    let id = request.headers().get(REQUEST_ID).filter(|id| is_harmless(id)).cloned();
    let id = id.or_else(|| HeaderValue::from_str(&Uuid::now_v7().to_string()).ok());
    let id = id.unwrap_or_else(|| HeaderValue::from_static("unknown"));
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = match next.call(request).await {
        Ok(response) => response,
        Err(error) => {
            Progress::fail(progress);
            return Err(error);
        }
    };
    response.headers_mut().insert(REQUEST_ID, id);
    suit_version(&mut response);
    protect::answer(&mut response);
    strangers::tell(&mut response);
    Answers::count(&response);
    let app = response.request().app_data::<web::Data<App>>();
    if app.is_some_and(|app| app.draining.load(Ordering::Acquire)) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(Progress::answer(progress, response, body))
}

fn is_harmless(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=REQUEST_ID_MAX).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Turns away everyone but administrators, before anything else of the request is looked at.
pub async fn administrators_only<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    match Administrator::check(request.request()).await {
        Ok(administrator) => {
            let actor = administrator.0.clone();
            request.extensions_mut().insert(administrator);
            let response = next.call(request).await?;
            note_refusal(&actor, &response);
            Ok(response.map_into_left_body())
        }
        Err(Admin(refused)) => {
            let refused = turned_away(&request, Door::Administrators, refused).await;
            Ok(request.into_response(refused.error_response()).map_into_right_body())
        }
    }
}

/// Turns away everyone who is not signed in, before anything else of the request is looked at.
pub async fn members_only<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    match Member::check(request.request()).await {
        Ok(member) => {
            let actor = member.actor.clone();
            request.extensions_mut().insert(member);
            let response = next.call(request).await?;
            note_refusal(&actor, &response);
            Ok(response.map_into_left_body())
        }
        Err(refused) => {
            let refused = turned_away(&request, Door::Members, refused).await;
            Ok(request.into_response(refused.error_response()).map_into_right_body())
        }
    }
}

fn note_refusal<B>(actor: &Actor, response: &ServiceResponse<B>) {
    if let Some(app) = response.request().app_data::<web::Data<App>>() {
        noted::look(app, actor, response);
    }
}

/// Why they are turned away; too many from one address are told that.
async fn turned_away(request: &ServiceRequest, door: Door, refused: ApiError) -> Admin {
    match request.app_data::<web::Data<App>>() {
        Some(app) => Admin(strangers::turned_away(request.request(), app, door, refused).await),
        None => Admin(refused),
    }
}

/// Lets a handler finish after its client has gone, so that no change is left half done.
pub async fn finish<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    rt::spawn(next.call(request)).await.map_err(ErrorInternalServerError)?
}
