//! [`Json`]: a body that is an object, as the handlers of the admin API and of accounts take it.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::body::{JsonMax, field_error};
use super::{Administrator, Extracting, Member, address, app};
use crate::auth::bucket;
use crate::bodies::Owner;
use crate::error::{Admin, ApiError, ErrorCode, invalid};
use crate::http::body::{self, Bounds};
use crate::http::strangers;

/// Where a scope says nothing.
const JSON_MAX: JsonMax = JsonMax(64 << 10);

/// A JSON object as a body. An array is refused, although its items could be taken for the fields
/// in their order, which is what serde does.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T> Json<T> {
    /// What was in the body.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Admin;
    type Future = Extracting<Self, Admin>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { Ok(Self(object(&read(&request, payload).await?)?)) })
    }
}

/// Reads a body that says that it is JSON. A caller of whom nothing is known is counted before.
async fn read(request: &HttpRequest, payload: Payload) -> Result<Bytes, ApiError> {
    let app = app(request)?;
    let owner = match known(request) {
        Some(owner) => owner,
        None => {
            strangers::admit_body(request, app).await?;
            Owner::Address(bucket(address(request)))
        }
    };
    if !is_json(request) {
        return Err(ApiError::new(
            ErrorCode::UnsupportedMediaType,
            "the body must be JSON, with Content-Type: application/json",
        ));
    }
    let JsonMax(max) = *request.app_data().unwrap_or(&JSON_MAX);
    let bounds = Bounds::small(&app.config.server, max);
    body::read(app, request, payload, owner, bounds).await
}

/// Whoever was found at the door of these routes.
fn known(request: &HttpRequest) -> Option<Owner> {
    let found = request.extensions();
    if found.get::<Administrator>().is_some() {
        return Some(Owner::Administrator);
    }
    found.get::<Member>().map(|member| match member.is_administrator() {
        true => Owner::Administrator,
        false => Owner::Member(member.user.id),
    })
}

fn is_json(request: &HttpRequest) -> bool {
    let kind = request.mime_type().ok().flatten();
    kind.is_some_and(|kind| {
        kind.subtype() == "json" || kind.suffix().is_some_and(|suffix| suffix == "json")
    })
}

/// As [`Json`], where the body may be left out.
#[derive(Debug)]
pub struct OptionalJson<T>(pub Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for OptionalJson<T> {
    type Error = Admin;
    type Future = Extracting<Self, Admin>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let length = request.headers().get(CONTENT_LENGTH);
        let empty = length.is_none_or(|length| length.as_bytes() == b"0");
        if empty && !request.headers().contains_key(TRANSFER_ENCODING) {
            return Box::pin(std::future::ready(Ok(Self(None))));
        }
        let body = Json::from_request(request, payload);
        Box::pin(async move { Ok(Self(Some(body.await?.0))) })
    }
}

/// The fields of a JSON object. 400 for what is no JSON, 422 for anything but an object and for a
/// field of a wrong type.
pub fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = serde_path_to_error::deserialize(&mut reader);
    let is_object = json.trim_ascii_start().first() == Some(&b'{');
    let ended = reader.end();
    match read {
        Err(error) if !error.inner().is_data() => Err(malformed()),
        _ if !is_object => Err(invalid("body", "the body must be a JSON object")),
        Err(error) => {
            let words = field_error(error.inner(), &error.path().to_string());
            Err(ApiError::new(ErrorCode::InvalidValue, words))
        }
        Ok(_) if ended.is_err() => Err(malformed()),
        Ok(value) => Ok(value),
    }
}

fn malformed() -> ApiError {
    ApiError::new(ErrorCode::Malformed, "the body is not valid JSON")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::object;
    use crate::error::ErrorCode;

    #[derive(Debug, Deserialize)]
    struct Ask {
        name: Option<String>,
        #[serde(default)]
        limits: Limits,
    }

    #[derive(Debug, Default, Deserialize)]
    struct Limits {
        rpm: Option<u32>,
    }

    #[test]
    fn objects_and_nothing_else() {
        let ask: Ask = object(br#" {"name":"a","limits":{"rpm":3}} "#).expect("an object");
        assert_eq!((ask.name.as_deref(), ask.limits.rpm), (Some("a"), Some(3)));
        for body in ["[null]", r#"["a"]"#, "[]", "null", "7", r#""a""#, "true"] {
            let error = object::<Ask>(body.as_bytes()).expect_err(body);
            assert_eq!(error.code, ErrorCode::InvalidValue, "{body}");
            assert!(error.message.contains("body must be a JSON object"), "{}", error.message);
        }
        for body in ["", "{", "nonsense", r#"{"name":"a"} x"#, "[null"] {
            let error = object::<Ask>(body.as_bytes()).expect_err(body);
            assert_eq!(error.code, ErrorCode::Malformed, "{body}");
        }
    }

    #[test]
    fn a_field_of_a_wrong_type_is_named() {
        for (body, field) in [
            (r#"{"name":[null]}"#, "`name`"),
            (r#"{"limits":{"rpm":"x"}}"#, "`limits.rpm`"),
            (r#"{"limits":7}"#, "`limits`"),
        ] {
            let error = object::<Ask>(body.as_bytes()).expect_err(body);
            assert_eq!(error.code, ErrorCode::InvalidValue, "{body}");
            assert!(error.message.contains(field), "{}", error.message);
        }
    }
}
