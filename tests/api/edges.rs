//! What clients do at the edges of HTTP: old versions, half-closed connections, heads that are no
//! HTTP, compressed bodies, paths that are nearly right, and answers that nobody reads.

mod compressed;
mod framing;
mod half_closed;
mod head;
mod http_1_0;
mod not_served;
mod paths;
mod protection;
mod raw;
mod stalled;

use std::time::Duration;

use pool_stub::Step;

/// The first event of a stream.
const HELLO: &str = r#"{"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}"#;
/// The last.
const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

const PLAIN: &str = r#"{"model":"m"}"#;
const STREAM: &str = r#"{"model":"m","stream":true}"#;

/// What must happen, and soon. The bound is for what never would.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(15), what).await.expect("it happens soon")
}

/// One event of a stream.
fn event(data: &str) -> Step {
    Step::Send(format!("data: {data}\n\n").into_bytes())
}

/// The whole of a short stream.
fn events() -> Vec<Step> {
    vec![event(HELLO), event(STOP), event("[DONE]")]
}
