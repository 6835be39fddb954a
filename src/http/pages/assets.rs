//! What pages load.

use actix_files::{NamedFile, file_extension_to_mime};
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_TYPE, ContentEncoding, Encoding, Header, HeaderValue,
    VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};

use super::policy;
use crate::app::App;
use crate::error::{Admin, not_found};
use crate::http::resource::{Path, path};
use crate::language::Language;
use crate::pages::Asset;
use crate::texts;

/// The path changes with the content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A page of another build asks.
const ASK_AGAIN: &str = "no-cache";
const A_DAY: &str = "public, max-age=86400";

/// All assets, and the texts of modules, under the build's fingerprint.
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
    if let Some(name) = path.strip_prefix("locales/") {
        return texts_of_modules(name, kept);
    }
    let asset = app.pages.assets.find(&path).ok_or_else(|| not_found("asset"))?;
    file(&request, asset, kept)
}

/// A picture at a path that doesn't change.
pub fn picture(at: &str, name: &'static str) -> Path {
    let show = move |request: HttpRequest, app: web::Data<App>| async move {
        let asset = app.pages.assets.find(name).ok_or_else(|| not_found("picture"))?;
        file(&request, asset, A_DAY)
    };
    path(at).get(show).head(show)
}

/// Texts in a language, as `en/portal.ftl`.
fn texts_of_modules(name: &str, kept: &'static str) -> Result<HttpResponse, Admin> {
    let named = name.split_once('/').and_then(|(tag, file)| Some((Language::parse(tag)?, file)));
    let source = named.and_then(|(language, file)| texts::source(language, file));
    let mut answer = HttpResponse::Ok();
    for header in policy::headers() {
        answer.insert_header(header);
    }
    answer.insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"));
    answer.insert_header((CACHE_CONTROL, kept));
    Ok(answer.body(source.ok_or_else(|| not_found("text"))?))
}

fn file(request: &HttpRequest, asset: &Asset, kept: &'static str) -> Result<HttpResponse, Admin> {
    let compressed = asset.compressed.as_ref().filter(|_| takes_gzip(request));
    let opened = NamedFile::open(compressed.unwrap_or(&asset.file));
    let mut opened = opened.map_err(|_| not_found("asset"))?;
    let extension = asset.file.extension().unwrap_or_default().to_string_lossy();
    opened = opened.set_content_type(file_extension_to_mime(&extension));
    if compressed.is_some() {
        opened = opened.set_content_encoding(ContentEncoding::Gzip);
    }
    let mut answer = opened.into_response(request);
    let more = [(CACHE_CONTROL, kept), (VARY, "Accept-Encoding")];
    for (name, value) in policy::headers().into_iter().chain(more) {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(answer)
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let offered = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request);
    accepted.is_ok_and(|accepted| accepted.negotiate(offered.iter()) == Some(Encoding::gzip()))
}
