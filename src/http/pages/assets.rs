//! What pages load.

use actix_files::{NamedFile, file_extension_to_mime};
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, Encoding, Header, HeaderValue,
    VARY,
};
use actix_web::mime;
use actix_web::{HttpRequest, HttpResponse, web};

use super::policy;
use crate::app::App;
use crate::error::{Admin, not_found};
use crate::http::resource::{Path, path};
use crate::pages::{Asset, Content};

/// The path changes with the content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A page of another build asks.
const ASK_AGAIN: &str = "no-cache";
const A_DAY: &str = "public, max-age=86400";

/// All assets, under the build's fingerprint.
pub fn asset(at: &str) -> Path {
    path(at).get(show)
}

async fn show(
    request: HttpRequest,
    app: web::Data<App>,
    at: web::Path<(String, String)>,
) -> Result<HttpResponse, Admin> {
    let (build, path) = at.into_inner();
    let kept = if build == app.pages.assets.build() { FOR_EVER } else { ASK_AGAIN };
    answer(&request, &app, &path, kept)
}

/// A picture at a path that doesn't change.
pub fn picture(at: &str, name: &'static str) -> Path {
    let show = move |request: HttpRequest, app: web::Data<App>| {
        std::future::ready(answer(&request, &app, name, A_DAY))
    };
    path(at).get(show)
}

fn answer(
    request: &HttpRequest,
    app: &App,
    path: &str,
    kept: &'static str,
) -> Result<HttpResponse, Admin> {
    let asset = app.pages.assets.find(path).ok_or_else(|| not_found("asset"))?;
    let mut answer = body(request, asset)?;
    if let Some(kind) = kind(path) {
        answer.headers_mut().insert(CONTENT_TYPE, kind);
    }
    let more = [(CACHE_CONTROL, kept), (VARY, "Accept-Encoding")];
    for (name, value) in policy::headers(app).into_iter().chain(more) {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(answer)
}

fn body(request: &HttpRequest, asset: &Asset) -> Result<HttpResponse, Admin> {
    if let Some(compressed) = asset.compressed.as_ref().filter(|_| takes_gzip(request)) {
        let mut answer = HttpResponse::Ok();
        return Ok(answer.insert_header((CONTENT_ENCODING, "gzip")).body(compressed.clone()));
    }
    match &asset.content {
        Content::Text(text) => Ok(HttpResponse::Ok().body(text.clone())),
        Content::File(file) => {
            let opened = NamedFile::open(file).map_err(|_| not_found("asset"))?;
            Ok(opened.into_response(request))
        }
    }
}

/// What kind of file it is, for browsers that are told not to guess.
fn kind(path: &str) -> Option<HeaderValue> {
    let mime = match path.rsplit_once('.') {
        Some((_, "ftl")) => mime::TEXT_PLAIN,
        Some((_, extension)) => file_extension_to_mime(extension),
        None => mime::APPLICATION_OCTET_STREAM,
    };
    let charset = if mime.type_() == mime::TEXT { "; charset=utf-8" } else { "" };
    HeaderValue::from_str(&format!("{mime}{charset}")).ok()
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let offered = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request);
    accepted.is_ok_and(|accepted| accepted.negotiate(offered.iter()) == Some(Encoding::gzip()))
}
