//! The HTTP client: one a thread, since awc's is not `Send`.

use std::sync::Arc;
use std::time::Duration;

use actix_service::{ServiceExt, fn_service};
use actix_tls::connect::tcp::TcpConnector;
use actix_tls::connect::{ConnectInfo, Connection, Resolver};
use awc::Connector;
use awc::http::{Uri, Version};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;

use super::guard::Guard;
use crate::config::{Config, Upstream};

type Tcp = Connection<Uri, TcpStream>;

/// The client of one thread; clones share its connections.
pub type Client = awc::Client;

/// How the pool names itself to upstreams: honestly.
pub const USER_AGENT: &str = concat!("ollama-api-pool/", env!("CARGO_PKG_VERSION"));

/// Idle connections are kept for so long: below the usual server's patience, so that a request
/// rarely meets a connection that is just being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Makes a client for this thread.
///
/// HTTP/1.1 only: a dropped answer closes its connection and so stops the upstream at once. No
/// limit on connections: how many there are is decided by how many requests are let in.
pub fn build(config: &Upstream) -> Client {
    guarded(config, Guard::new(config))
}

/// As [`build`], for a web worker: it asks the verifier of challenges, too, which may be anywhere.
pub fn for_worker(config: &Config) -> Client {
    let guard = Guard::new(&config.upstream).trusting(&config.turnstile.turnstile_verify_url.0);
    guarded(&config.upstream, guard)
}

/// As [`build`], with connections only where this guard lets them go.
pub fn guarded(config: &Upstream, guard: Guard) -> Client {
    let resolver = Resolver::custom(guard.clone()).service();
    // After the resolver, which literal addresses pass by.
    let looking = fn_service(move |to: ConnectInfo<Uri>| {
        std::future::ready(guard.connecting(&to).map(|()| to))
    });
    // A body's last piece must not wait for the acknowledgement of the one before it.
    let nodelay = |connection: Tcp| {
        let _ = connection.io_ref().set_nodelay(true);
        connection
    };
    let tcp = resolver.and_then(looking).and_then(TcpConnector::default().service()).map(nodelay);
    let connector = Connector::new()
        .connector(tcp)
        .max_http_version(Version::HTTP_11)
        // After the version, which sets a configuration of its own.
        .rustls_0_23(tls())
        .timeout(config.connect_timeout())
        .handshake_timeout(config.connect_timeout())
        .conn_keep_alive(KEEP_ALIVE)
        .limit(0);
    awc::Client::builder()
        .connector(connector)
        .disable_redirects()
        .disable_timeout()
        .no_default_headers()
        .add_default_header((awc::http::header::USER_AGENT, USER_AGENT))
        .finish()
}

fn tls() -> Arc<ClientConfig> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    #[expect(clippy::expect_used, reason = "ring supports the default versions of TLS")]
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring's provider has the default protocol versions");
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}
