//! Opening connections: the name, the guard, TCP and TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::connection::Connection;
use super::idle::Origin;
use super::wire::Stream;
use crate::pool::reason::Reason;
use crate::upstream::guard::Guard;

/// Opens connections where its guard lets them go.
pub struct Connector {
    guard: Guard,
    tls: TlsConnector,
    /// For all of it, from the name to the end of TLS's handshake.
    timeout: Duration,
}

impl Connector {
    /// A connector with this guard.
    pub fn new(guard: Guard, timeout: Duration) -> Self {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self::with_tls(guard, timeout, config(roots))
    }

    /// With this configuration of TLS.
    pub fn with_tls(guard: Guard, timeout: Duration, tls: ClientConfig) -> Self {
        Self { guard, tls: TlsConnector::from(Arc::new(tls)), timeout }
    }

    /// The same, which may also go to the place of this URL.
    pub fn trusting(&self, url: &Url) -> Self {
        let guard = self.guard.clone().trusting(url);
        Self { guard, tls: self.tls.clone(), timeout: self.timeout }
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// There is no way there, or not in time.
    pub async fn connect(&self, origin: &Origin) -> Result<Connection, Reason> {
        let opened = tokio::time::timeout(self.timeout, self.open(origin)).await;
        opened.ok().flatten().ok_or(Reason::ConnectFailed)
    }

    async fn open(&self, origin: &Origin) -> Option<Connection> {
        let addresses = self.guard.addresses(origin.host(), origin.port()).await.ok()?;
        let tcp = tcp(&addresses).await?;
        let stream = if origin.https {
            let host = origin.host().trim_start_matches('[').trim_end_matches(']');
            let name = ServerName::try_from(host.to_owned()).ok()?;
            Stream::Tls(Box::new(self.tls.connect(name, tcp).await.ok()?))
        } else {
            Stream::Plain(tcp)
        };
        Connection::open(stream).await.ok()
    }
}

/// The first of these addresses that lets anybody in.
async fn tcp(addresses: &[SocketAddr]) -> Option<TcpStream> {
    for address in addresses {
        if let Ok(stream) = TcpStream::connect(address).await {
            // A body's last piece must not wait for the acknowledgement of the one before it.
            let _ = stream.set_nodelay(true);
            return Some(stream);
        }
    }
    None
}

/// Configuration of TLS that believes these roots, for HTTP/1.1 only.
pub fn config(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    #[expect(clippy::expect_used, reason = "ring supports the default versions of TLS")]
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring's provider has the default protocol versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
