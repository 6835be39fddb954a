//! A path with its methods: others are refused with 405 and `Allow`, in the path's own dialect.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, ResponseError, web};

use super::openai::refusals;
use super::{cors, middleware};
use crate::error::{Admin, ApiError, ErrorCode, OpenAi, not_found};
use crate::metrics::Answers;

/// A path under construction.
pub struct Path {
    resource: Resource,
    within: Within,
    methods: Vec<&'static str>,
    refuse: fn(ApiError) -> HttpResponse,
}

/// What stands around its handlers.
#[derive(Clone, Copy)]
enum Within {
    /// Nothing.
    Nothing,
    /// Whoever is not signed in is turned away.
    Members,
    /// Requests for a model that are refused are counted.
    Refusals,
}

/// A path whose errors are in the admin API's words.
pub fn path(path: &str) -> Path {
    new(path, |error| Admin(error).error_response())
}

/// A path for whoever is signed in.
pub fn member_path(path: &str) -> Path {
    Path { within: Within::Members, ..self::path(path) }
}

/// A path whose errors are in OpenAI's words.
/// Browsers may call it from any page.
pub fn openai(path: &str) -> Path {
    let mut this = new(path, |error| OpenAi(error).error_response());
    this.resource = this.resource.route(web::method(Method::OPTIONS).to(cors::preflight));
    this
}

/// As [`openai`], for requests for a model.
pub fn counted_openai(path: &str) -> Path {
    Path { within: Within::Refusals, ..openai(path) }
}

fn new(path: &str, refuse: fn(ApiError) -> HttpResponse) -> Path {
    let (resource, within) = (web::resource(path), Within::Nothing);
    Path { resource, within, methods: Vec::new(), refuse }
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
    /// Answers GET with this handler, and HEAD with its headers.
    pub fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let mut this = self;
        let resource = this.resource.route(web::get().to(handler.clone()));
        this.resource = resource.route(web::head().to(handler));
        this.methods.extend(["GET", "HEAD"]);
        this
    }

    methods!(post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE");
}

impl HttpServiceFactory for Path {
    fn register(self, config: &mut AppService) {
        let Self { resource, within, methods, refuse } = self;
        let allow: &'static str = methods.join(", ").leak();
        let other = move || {
            let mut error =
                ApiError::new(ErrorCode::MethodNotAllowed, format!("this path takes {allow}"));
            error.allow = Some(allow);
            std::future::ready(refuse(error))
        };
        let resource = resource.default_service(web::to(other)).app_data(Answers::default());
        match within {
            Within::Nothing => resource.register(config),
            Within::Members => resource.wrap(from_fn(middleware::members_only)).register(config),
            Within::Refusals => resource.wrap(from_fn(refusals::count)).register(config),
        }
    }
}

/// There is no such path.
pub async fn no_such_path() -> Result<HttpResponse, Admin> {
    Err(not_found("path").into())
}
