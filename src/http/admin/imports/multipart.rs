//! A form with a file, read as it comes.

use actix_multipart::{Field, Multipart};
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures_util::StreamExt;

use super::options::Wanted;
use super::work::Work;
use crate::app::App;
use crate::audit::Actor;
use crate::error::{ApiError, ErrorCode, invalid};
use crate::http::body::Patience;

/// The longest value of an option, in bytes.
const VALUE_MAX: usize = 4 << 10;

/// Reads the form: options, then the file, or several. Files are passed on as they come; the import
/// is told of a fault, so that nothing is stored.
pub async fn read(
    app: &web::Data<App>,
    actor: Actor,
    mut wanted: Wanted,
    request: &HttpRequest,
    payload: web::Payload,
    mut patience: Patience,
) -> Result<Work, ApiError> {
    let mut form = Multipart::new(request.headers(), payload);
    let mut work: Option<Work> = None;
    while let Some(field) = next(&mut form, &mut patience).await.transpose() {
        let is_first = work.is_none();
        let read = match (field, &work) {
            (Ok(mut field), None) if is_option(&field) => {
                option(&mut wanted, &mut field, &mut patience).await
            }
            (Ok(field), Some(_)) if is_option(&field) => {
                Err(invalid("form", "options stand before the file"))
            }
            (Ok(mut field), _) => {
                if is_first {
                    let options = wanted.clone().check(app, "file")?;
                    work = Some(Work::begin(app, actor.clone(), options).await?);
                }
                match &work {
                    Some(work) => file(work, &mut field, &mut patience).await,
                    None => Ok(()),
                }
            }
            (Err(error), _) => Err(error),
        };
        match (read, &work) {
            (Ok(()), _) => {}
            (Err(error), None) => return Err(error),
            (Err(error), Some(work)) => {
                work.push(Err(error)).await;
                break;
            }
        }
    }
    work.ok_or_else(|| invalid("file", "the form has no file"))
}

fn is_option(field: &Field) -> bool {
    field.content_disposition().is_none_or(|value| value.get_filename().is_none())
        && field.name().is_none_or(|name| !matches!(name, "file" | "content"))
}

async fn option(
    wanted: &mut Wanted,
    field: &mut Field,
    patience: &mut Patience,
) -> Result<(), ApiError> {
    let mut value = Vec::new();
    while let Some(piece) = next(field, patience).await? {
        if value.len() + piece.len() > VALUE_MAX {
            return Err(invalid("form", "a field of the form is too long"));
        }
        value.extend_from_slice(&piece);
    }
    let text = String::from_utf8(value).map_err(|_| invalid("form", "a field is not UTF-8"))?;
    match wanted.set(field.name().unwrap_or_default(), &text)? {
        true => Ok(()),
        false => Err(invalid("form", "there is no option of this name")),
    }
}

/// Passes a file on; the next one begins on a line of its own.
async fn file(work: &Work, field: &mut Field, patience: &mut Patience) -> Result<(), ApiError> {
    while let Some(piece) = next(field, patience).await? {
        if !work.push(Ok(piece)).await {
            return Ok(());
        }
    }
    work.push(Ok(Bytes::from_static(b"\n"))).await;
    Ok(())
}

/// The next of a form's fields, or of a field's pieces.
async fn next<T, E>(
    from: &mut (impl futures_util::Stream<Item = Result<T, E>> + Unpin),
    patience: &mut Patience,
) -> Result<Option<T>, ApiError> {
    let piece = patience.wait(from.next()).await?.transpose();
    piece.map_err(|_| ApiError::new(ErrorCode::Malformed, "the form broke off or can't be read"))
}
