//! [`HeadTimer`]: how long the head of a request may take on a connection that has had others. The
//! HTTP library has a deadline for the first one only.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use crate::http::connection::{Phase, Progress};

/// Deadline of the head that is under way, if one is.
#[derive(Default)]
pub struct HeadTimer {
    /// Number of requests before it, and its end.
    deadline: Option<(u64, Pin<Box<Sleep>>)>,
}

impl HeadTimer {
    /// Bytes have come. Between two requests they begin a head.
    pub fn read(&mut self, progress: &Progress, timeout: Duration) {
        self.forget_begun(progress);
        if progress.phase() == Phase::Idle {
            self.deadline.get_or_insert_with(|| (progress.begun(), Box::pin(sleep(timeout))));
        }
    }

    /// Ready when the head has taken too long.
    pub fn poll(&mut self, progress: &Progress, cx: &mut Context<'_>) -> Poll<()> {
        self.forget_begun(progress);
        match &mut self.deadline {
            Some((_, deadline)) => deadline.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }

    /// The head was whole: its request has begun.
    fn forget_begun(&mut self, progress: &Progress) {
        self.deadline.take_if(|(before, _)| *before != progress.begun());
    }
}
