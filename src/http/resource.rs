//! A path with its methods: others are refused with 405 and `Allow`, in the path's own dialect.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, ResponseError, web};

use super::{cors, middleware};
use crate::error::{Admin, ApiError, ErrorCode, OpenAi, not_found};
use crate::metrics::Answers;

/// A path under construction.
pub struct Path {
    resource: Resource,
    members_only: bool,
    methods: Vec<&'static str>,
    refuse: fn(ApiError) -> HttpResponse,
}

/// A path whose errors are in the admin API's words.
pub fn path(path: &str) -> Path {
    new(path, |error| Admin(error).error_response())
}

/// A path for whoever is signed in.
pub fn member_path(path: &str) -> Path {
    Path { members_only: true, ..self::path(path) }
}

/// A path whose errors are in OpenAI's words.
/// Browsers may call it from any page.
pub fn openai(path: &str) -> Path {
    let mut this = new(path, |error| OpenAi(error).error_response());
    this.resource = this.resource.route(web::method(Method::OPTIONS).to(cors::preflight));
    this
}

fn new(path: &str, refuse: fn(ApiError) -> HttpResponse) -> Path {
    Path { resource: web::resource(path), members_only: false, methods: Vec::new(), refuse }
}

macro_rules! methods {
    ($($method:ident = $name:literal),+) => {
        $(
            #[doc = concat!("Answers ", $name, " with this handler.")]
            pub fn $method<F, Args>(mut self, handler: F) -> Self
            where
                F: Handler<Args>,
                Args: FromRequest + 'static,
                F::Output: Responder + 'static,
            {
                self.resource = self.resource.route(web::$method().to(handler));
                self.methods.push($name);
                self
            }
        )+
    };
}

impl Path {
    methods!(
        get = "GET",
        head = "HEAD",
        post = "POST",
        put = "PUT",
        patch = "PATCH",
        delete = "DELETE"
    );
}

impl HttpServiceFactory for Path {
    fn register(self, config: &mut AppService) {
        let Self { resource, members_only, methods, refuse } = self;
        let allow: &'static str = methods.join(", ").leak();
        let other = move || {
            let mut error =
                ApiError::new(ErrorCode::MethodNotAllowed, format!("this path takes {allow}"));
            error.allow = Some(allow);
            std::future::ready(refuse(error))
        };
        let resource = resource.default_service(web::to(other)).app_data(Answers::default());
        if members_only {
            resource.wrap(from_fn(middleware::members_only)).register(config);
        } else {
            resource.register(config);
        }
    }
}

/// There is no such path.
pub async fn no_such_path() -> Result<HttpResponse, Admin> {
    Err(not_found("path").into())
}

/// There is no such path, to an OpenAI client.
pub async fn no_such_openai_path() -> Result<HttpResponse, OpenAi> {
    Err(not_found("path").into())
}
