//! A request's body, kept until its answer is out.
//!
//! The HTTP library closes the connection of a client that is still sending when it was answered,
//! but where the body comes in chunks and nobody holds it any more: then it reads on for as long as
//! the client likes. So the body is held by the answer, too.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;

use crate::http::connection::Progress;

/// The body of a request, shared by its handler and its answer.
#[derive(Clone)]
pub struct Held {
    payload: Rc<RefCell<Payload>>,
    /// The connection, which tells a client that waits to send it when somebody reads.
    progress: Option<Progress>,
}

impl Held {
    /// Takes hold of a request's body, if it has one.
    pub fn of(request: &mut ServiceRequest, progress: Option<Progress>) -> Option<Self> {
        match request.take_payload() {
            Payload::None => None,
            payload => {
                let this = Self { payload: Rc::new(RefCell::new(payload)), progress };
                request.set_payload(Payload::Stream { payload: Box::pin(this.clone()) });
                Some(this)
            }
        }
    }
}

impl Stream for Held {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(progress) = &self.progress {
            progress.want_body();
        }
        Pin::new(&mut *self.payload.borrow_mut()).poll_next(cx)
    }
}
