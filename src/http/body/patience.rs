//! [`Patience`]: how long a client may take to send its body.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::config::Server;
use crate::error::{ApiError, ErrorCode};

/// How many times as long a file may take as another body.
const OF_FILES: u32 = 12;

/// Time that is left for a body. Only waiting for the client counts, so that no client is cut off
/// because the server was busy.
#[derive(Debug)]
pub struct Patience {
    idle: Duration,
    left: Duration,
}

impl Patience {
    /// `BODY_IDLE_TIMEOUT_SECS` for a pause, and `BODY_TIMEOUT_SECS` in all.
    pub fn new(config: &Server) -> Self {
        let idle = Duration::from_secs(config.body_idle_timeout_secs);
        Self { idle, left: Duration::from_secs(config.body_timeout_secs) }
    }

    /// `BODY_IDLE_TIMEOUT_SECS` in all.
    pub fn short(config: &Server) -> Self {
        let Self { idle, left } = Self::new(config);
        Self { idle, left: left.min(idle) }
    }

    /// `BODY_IDLE_TIMEOUT_SECS` for a pause, and twelve times `BODY_TIMEOUT_SECS` in all, an hour by
    /// default: for files of administrators, which are passed on as they come and may be large.
    pub fn of_files(config: &Server) -> Self {
        let Self { idle, left } = Self::new(config);
        Self { idle, left: left.saturating_mul(OF_FILES) }
    }

    /// Waits for something that the client sends; 408 when it doesn't come in time.
    pub async fn wait<T>(&mut self, coming: impl Future<Output = T>) -> Result<T, ApiError> {
        let began = Instant::now();
        let came = tokio::time::timeout(self.idle.min(self.left), coming).await;
        self.left = self.left.saturating_sub(began.elapsed());
        came.map_err(|_| ApiError::new(ErrorCode::RequestTimeout, "the body did not come in time"))
    }
}
