//! [`Server`]: the program, built and running.

mod build;
mod opened;
mod tasks;

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{HttpServer, web};
use anyhow::Context;

use self::tasks::Tasks;
use crate::app::App;
use crate::http;
use crate::shutdown;
use crate::upstream::client;

/// A connection without a request is closed after this; longer than clients and proxies keep
/// theirs, so that they close first and no request meets a closed door.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The program, listening but not yet serving.
pub struct Server {
    /// What requests reach.
    pub app: Arc<App>,
    /// The file with the admin token, when this program made it.
    pub secrets_made_in: Option<std::path::PathBuf>,
    tasks: Tasks,
    server: actix_web::dev::Server,
    addresses: Vec<std::net::SocketAddr>,
}

impl Server {
    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.addresses.first().map_or(0, std::net::SocketAddr::port)
    }

    /// Serves until `stop` resolves, then stops in order.
    pub async fn run_until_stopped(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let handle: ServerHandle = self.server.handle();
        let serving = actix_web::rt::spawn(self.server);
        let running = self.tasks.start(&self.app);
        stop.await;
        let tasks = running.quit();
        shutdown::stop(&self.app, &handle).await;
        serving.await.context("the server's task ended badly")??;
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        Ok(())
    }
}

fn listen(app: Arc<App>) -> anyhow::Result<(actix_web::dev::Server, Vec<std::net::SocketAddr>)> {
    let config = app.config.server.clone();
    let workers = match config.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        workers => workers,
    };
    let data = web::Data::from(app.clone());
    let factory = move || {
        let client = client::for_worker(&data.config);
        actix_web::App::new()
            .app_data(data.clone())
            .app_data(web::Data::new(client))
            .wrap(actix_web::middleware::from_fn(http::middleware::request_id))
            .configure(http::routes)
    };
    let server = HttpServer::new(factory)
        .workers(workers)
        .keep_alive(KEEP_ALIVE)
        .tcp_nodelay(true)
        // A client that closes its side has left: what it asked for is cancelled.
        .h1_allow_half_closed(false)
        .shutdown_timeout(config.shutdown_timeout_secs)
        .disable_signals()
        .bind((config.host, config.port))
        .with_context(|| format!("HOST, PORT: {}:{} can't be bound", config.host, config.port))?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}
