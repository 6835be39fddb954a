//! What many operations have in common, put in once for all.

use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, PartialSchema, ToSchema};

use crate::error::{AdminError, ErrorCode, OpenAiError};

/// What the administrators' door may answer to any request.
const REFUSALS: [(&str, &str); 4] = [
    ("401", "The admin token is missing or wrong, or nobody is signed in"),
    ("403", "Signed in, and no administrator; or a page of another site asks"),
    ("429", "Too many wrong admin tokens, or requests without one, from this address"),
    ("503", "Busy, restarting, or without the database"),
];

/// What may be answered where somebody has to be signed in.
const OF_MEMBERS: [(&str, &str); 3] = [
    ("401", "Nobody is signed in, or no longer"),
    ("403", "A page of another site asks with the cookie"),
    ("429", "Too many requests from this address by nobody who is signed in"),
];

/// What a body may be refused for, a query, and a place in the path.
const OF_BODIES: [(&str, &str); 6] = [
    ("400", "The body is not what it says that it is"),
    ("408", "The body did not come in time"),
    ("413", "The body is too large"),
    ("415", "The body is of a kind that is not taken"),
    ("422", "A value, or a name, that can't be"),
    ("429", "Too many requests from this address, or too many bytes of this caller under way"),
];
const OF_QUERIES: [(&str, &str); 1] = [("422", "A value, or a name, that can't be")];
const OF_PATHS: [(&str, &str); 1] = [("404", "There is nothing of this name")];

/// The kinds of tokens.
pub struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        for (name, words) in [
            ("admin_token", "`ADMIN_TOKEN`, for `/admin`"),
            ("metrics_token", "`METRICS_TOKEN`, for `/metrics`"),
            ("client_token", "A client token, for `/v1` and `/{provider}/v1`"),
            ("session", "A session's token, for `/api/auth` and, an administrator's, for `/admin`"),
        ] {
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(words));
            components.add_security_scheme(name, SecurityScheme::Http(bearer.build()));
        }
        components.schemas.insert(AdminError::name().into_owned(), AdminError::schema());
        components.schemas.insert(OpenAiError::name().into_owned(), OpenAiError::schema());
    }
}

/// What errors' codes mean, as `x-error-codes`.
pub struct Codes;

impl Modify for Codes {
    fn modify(&self, document: &mut Document) {
        let one = |(code, meaning): &(ErrorCode, &str)| {
            let (status, meaning) = (code.status().as_u16(), meaning.trim());
            json!({"status": status, "code": code.as_str(), "meaning": meaning})
        };
        let codes: Vec<Value> = ErrorCode::ALL.iter().map(one).collect();
        let all = document.extensions.get_or_insert_default();
        all.insert("x-error-codes".to_owned(), Value::from(codes));
    }
}

/// `/admin/client-tokens` is `/admin/tokens` under its older name.
pub struct OlderNames;

impl Modify for OlderNames {
    fn modify(&self, document: &mut Document) {
        let paths = &mut document.paths.paths;
        let tokens = paths.iter().filter_map(|(path, item)| {
            let rest = path.strip_prefix("/admin/tokens")?;
            Some((format!("/admin/client-tokens{rest}"), item.clone()))
        });
        for (path, mut item) in tokens.collect::<Vec<_>>() {
            for operation in operations(&mut item) {
                // An id names one operation only.
                let id = operation.operation_id.take();
                operation.operation_id = id.map(|id| format!("{id}_as_client_tokens"));
            }
            let known = paths.entry(path).or_default();
            known.get = known.get.take().or(item.get);
            known.post = known.post.take().or(item.post);
            known.patch = known.patch.take().or(item.patch);
            known.delete = known.delete.take().or(item.delete);
        }
    }
}

/// What whoever is not signed in is answered.
pub struct SignedIn;

impl Modify for SignedIn {
    fn modify(&self, document: &mut Document) {
        let own = |path: &str| path.starts_with("/api/auth/");
        let paths = document.paths.paths.iter_mut().filter(|(path, _)| own(path));
        for operation in paths.flat_map(|(_, item)| operations(item)) {
            refuse(operation, &[("503", "Busy, or without the database")]);
            if operation.request_body.is_some() {
                refuse(operation, &OF_BODIES);
            }
            // What is for anyone says so itself.
            if operation.security.is_none() {
                let token = SecurityRequirement::new::<_, [&str; 0], &str>("session", []);
                operation.security = Some(vec![token]);
                refuse(operation, &OF_MEMBERS);
            }
        }
    }
}

/// The door that all of `/admin` is behind, and what is wrong with what comes through it.
pub struct Door;

impl Modify for Door {
    fn modify(&self, document: &mut Document) {
        let admin = |path: &str| path.starts_with("/admin/") && path != "/admin/public-stats";
        let paths = document.paths.paths.iter_mut().filter(|(path, _)| admin(path));
        for operation in paths.flat_map(|(_, item)| operations(item)) {
            let by = ["admin_token", "session"];
            let token = |name| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
            operation.security = Some(by.map(token).to_vec());
            refuse(operation, &REFUSALS);
            let (query, path) =
                (takes(operation, &ParameterIn::Query), takes(operation, &ParameterIn::Path));
            if operation.request_body.is_some() {
                refuse(operation, &OF_BODIES);
            }
            if query {
                refuse(operation, &OF_QUERIES);
            }
            if path {
                refuse(operation, &OF_PATHS);
            }
        }
    }
}

/// Whether it has a parameter there.
fn takes(operation: &Operation, place: &ParameterIn) -> bool {
    let there = |one: &RefOr<Parameter>| match one {
        RefOr::T(one) => one.parameter_in == *place,
        RefOr::Ref(_) => false,
    };
    operation.parameters.iter().flatten().any(there)
}

/// Documents what the operation doesn't document itself.
fn refuse(operation: &mut Operation, refusals: &[(&str, &str)]) {
    for (status, words) in refusals {
        let schema = Ref::from_schema_name(AdminError::name());
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let refusal =
            ResponseBuilder::new().description(*words).content("application/json", content);
        let known = operation.responses.responses.entry((*status).to_owned());
        known.or_insert_with(|| RefOr::T(refusal.build()));
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    [get, put, post, patch, delete].into_iter().flatten()
}
