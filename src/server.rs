//! [`Server`]: the program, built and running.

mod build;
mod client_stream;
mod crowd;
mod files;
mod listen;
mod opened;
mod tasks;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use anyhow::Context;

use self::listen::Listening;
use self::tasks::Tasks;
use crate::app::App;
use crate::shutdown;

/// The program, listening but not yet serving.
pub struct Server {
    /// What requests reach.
    pub app: Arc<App>,
    /// The file with the admin token, when this program made it.
    pub secrets_made_in: Option<std::path::PathBuf>,
    tasks: Tasks,
    listening: Listening,
}

impl Server {
    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.listening.address.port()
    }

    /// The second address, which whatever watches over the process may ask.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.listening.watch.as_ref().map(|(_, address)| *address)
    }

    /// How the first listener's addresses begin.
    pub fn scheme(&self) -> &'static str {
        if self.tasks.certificate.is_some() { "https" } else { "http" }
    }

    /// Serves until `stop` resolves, then stops in order.
    pub async fn run_until_stopped(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        if self.app.config.mail.email_host.0.is_some()
            && self.app.settings.now().is_open_and_unlimited()
        {
            log::warn!(
                "registration is open and new keys have no limits: anybody with a mailbox can use \
                 every upstream key. Choose `registration` and the `user_…` limits in the settings"
            );
        }
        let Listening { server, watch, .. } = self.listening;
        let handle: ServerHandle = server.handle();
        let serving = actix_web::rt::spawn(server);
        let watch = watch.map(|(server, _)| (server.handle(), actix_web::rt::spawn(server)));
        let running = self.tasks.start(&self.app);
        stop.await;
        let tasks = running.quit();
        shutdown::stop(&self.app, &handle).await;
        serving.await.context("the server's task ended badly")??;
        // Until now it tells that this one is being stopped.
        if let Some((handle, serving)) = watch {
            handle.stop(false).await;
            serving.await.context("the second server's task ended badly")??;
        }
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        Ok(())
    }
}
