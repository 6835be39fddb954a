//! Pages, for people with a browser.

mod assets;
mod policy;

use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use tera::TeraResult;

pub use self::assets::{asset, picture};

use super::not_served;
use super::resource::{Path, no_such_path, path};
use super::strangers::{self, Door};
use crate::app::App;
use crate::error::{Admin, ApiError};
use crate::language::Language;

/// The page of this name at this path.
pub fn page(at: &str, name: &'static str) -> Path {
    let show = async move |request: HttpRequest, app: web::Data<App>| {
        if let Err(error) = strangers::admit(&request, &app, Door::Pages).await {
            return too_many(&app, &request, error);
        }
        let language = Language::of(&request);
        Ok(if app.pages.assets.missing().is_empty() {
            html(&app, &request, StatusCode::OK, app.pages.page(name, language))
        } else {
            html(&app, &request, StatusCode::SERVICE_UNAVAILABLE, app.pages.set_up(language))
        })
    };
    path(at).get(show)
}

/// The guides of this repository: the one that the path names, or the first.
pub fn guide(at: &str) -> Path {
    path(at).get(show_guide)
}

async fn show_guide(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    if let Err(error) = strangers::admit(&request, &app, Door::Pages).await {
        return too_many(&app, &request, error);
    }
    let name = request.match_info().get("guide").unwrap_or("changelog");
    match app.pages.guide(name, Language::of(&request)) {
        Some(page) => Ok(html(&app, &request, StatusCode::OK, page)),
        None => nothing_there(&app, &request).await,
    }
}

/// There is no such path: a page for a browser, JSON for everyone else.
pub async fn no_such_page(
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Admin> {
    if let Err(error) = strangers::admit(&request, &app, Door::Pages).await {
        return too_many(&app, &request, error);
    }
    match not_served::of_ollama(request.path()) {
        Some(refused) => Ok(refused),
        None => nothing_there(&app, &request).await,
    }
}

async fn nothing_there(app: &App, request: &HttpRequest) -> Result<HttpResponse, Admin> {
    if !is_browser(request) {
        return no_such_path().await;
    }
    let status = StatusCode::NOT_FOUND;
    let page = app.pages.error(status.as_u16(), request.path(), Language::of(request));
    Ok(html(app, request, status, page))
}

/// A page was asked for too often: told by a page to a browser, as JSON to everyone else.
fn too_many(app: &App, request: &HttpRequest, error: ApiError) -> Result<HttpResponse, Admin> {
    if !is_browser(request) {
        return Err(Admin(error));
    }
    let status = error.code.status();
    let page = app.pages.error(status.as_u16(), "", Language::of(request));
    let mut answer = html(app, request, status, page);
    if let Some(secs) = error.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(secs));
    }
    Ok(answer)
}

/// Whether a person asks, by the address bar or a link.
fn is_browser(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    matches!(*request.method(), Method::GET | Method::HEAD)
        && accept.is_some_and(|accept| accept.contains("text/html"))
}

fn html(
    app: &App,
    request: &HttpRequest,
    status: StatusCode,
    page: TeraResult<String>,
) -> HttpResponse {
    let (status, page) = match page {
        Ok(page) => (status, page),
        Err(error) => {
            log::error!("a page can't be made: {error}");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            let page = app.pages.error(status.as_u16(), "", Language::of(request));
            (status, page.unwrap_or_else(|_| "Something broke.".to_owned()))
        }
    };
    let mut answer = HttpResponse::build(status);
    for header in policy::headers(app) {
        answer.insert_header(header);
    }
    answer.insert_header((CONTENT_TYPE, "text/html; charset=utf-8"));
    // A page names the assets of its build, so it is asked for anew each time.
    answer.insert_header((CACHE_CONTROL, "no-cache"));
    answer.insert_header((VARY, "Accept-Language, Cookie"));
    answer.body(page)
}
