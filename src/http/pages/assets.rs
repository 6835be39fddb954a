//! What pages load.

use actix_files::{NamedFile, file_extension_to_mime};
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ContentType, Encoding, Header,
    HeaderValue, VARY,
};
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
    path(at).get(show).head(show)
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
    path(at).get(show).head(show)
}

fn answer(
    request: &HttpRequest,
    app: &App,
    path: &str,
    kept: &'static str,
) -> Result<HttpResponse, Admin> {
    let asset = app.pages.assets.find(path).ok_or_else(|| not_found("asset"))?;
    let mut answer = body(request, path, asset)?;
    let more = [(CACHE_CONTROL, kept), (VARY, "Accept-Encoding")];
    for (name, value) in policy::headers(app).into_iter().chain(more) {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(answer)
}

fn body(request: &HttpRequest, path: &str, asset: &Asset) -> Result<HttpResponse, Admin> {
    let kind = match path.rsplit_once('.') {
        Some((_, "ftl")) | None => ContentType::plaintext().0,
        Some((_, extension)) => file_extension_to_mime(extension),
    };
    if let Some(compressed) = asset.compressed.as_ref().filter(|_| takes_gzip(request)) {
        let mut answer = HttpResponse::Ok();
        answer.insert_header((CONTENT_ENCODING, "gzip")).insert_header((CONTENT_TYPE, kind));
        return Ok(answer.body(compressed.clone()));
    }
    match &asset.content {
        Content::Text(text) => Ok(HttpResponse::Ok().content_type(kind).body(text.clone())),
        Content::File(file) => {
            let opened = NamedFile::open(file).map_err(|_| not_found("asset"))?;
            Ok(opened.set_content_type(kind).into_response(request))
        }
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let offered = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request);
    accepted.is_ok_and(|accepted| accepted.negotiate(offered.iter()) == Some(Encoding::gzip()))
}
