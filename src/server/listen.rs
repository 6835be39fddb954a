//! The listener: what each connection of a client goes through.
//!
//! It does what actix-web's `HttpServer` does, with a [`ClientStream`] between the socket and HTTP.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_server::{Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
use actix_web::web;
use anyhow::Context;
use socket2::{Domain, Socket, Type};
use tokio_rustls::TlsAcceptor;

use super::client_stream::ClientStream;
use super::crowd::Crowd;
use super::files;
use crate::app::App;
use crate::http;
use crate::http::connection::{ByTls, Progress};
use crate::upstream::client;

/// A connection without a request is closed after this; longer than clients and proxies keep
/// theirs, so that they close first and no request meets a closed door.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The head of a request may take so long.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Closing a connection may take so long.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Connections that the kernel accepts before the program does.
const BACKLOG: i32 = 2048;

/// What answers, once it is awaited.
pub struct Listening {
    /// Everybody's.
    pub server: Server,
    /// Where.
    pub address: SocketAddr,
    /// The second one, of whatever watches over the process.
    pub watch: Option<(Server, SocketAddr)>,
}

/// How one listener answers.
#[derive(Clone)]
struct Manner {
    crowd: Crowd,
    tls: Option<TlsAcceptor>,
    routes: fn(&mut web::ServiceConfig),
}

/// Binds the addresses; the servers serve once they are awaited. The first one speaks TLS where there
/// is an acceptor.
pub fn listen(app: Arc<App>, tls: Option<TlsAcceptor>) -> anyhow::Result<Listening> {
    let config = app.config.server.clone();
    let workers = match config.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        workers => workers,
    };
    let listener = bind(SocketAddr::new(config.host, config.port))
        .with_context(|| format!("HOST, PORT: {}:{} can't be bound", config.host, config.port))?;
    let address = listener.local_addr()?;
    let connections = files::connections_per_worker(files::raise(), workers);
    let builder = Server::build().workers(workers).max_concurrent_connections(connections);
    let manner = Manner { crowd: Crowd::new(&config), tls, routes: http::routes };
    let data = web::Data::from(app);
    let watch = config.admin_listen.0.map(|address| watch(data.clone(), address)).transpose()?;
    let server = serve(builder, "clients", listener, data, manner)?;
    Ok(Listening { server, address, watch })
}

/// The listener of `ADMIN_LISTEN`: with a thread and connections of its own, so that it answers
/// whatever clients do to the other one.
fn watch(data: web::Data<App>, address: SocketAddr) -> anyhow::Result<(Server, SocketAddr)> {
    let listener =
        bind(address).with_context(|| format!("ADMIN_LISTEN: {address} can't be bound"))?;
    let address = listener.local_addr()?;
    let crowd = Crowd::new(&data.config.server);
    let manner = Manner { crowd, tls: None, routes: http::watch_routes };
    let builder = Server::build().workers(1);
    let server = serve(builder, "watch", listener, data, manner)?;
    Ok((server, address))
}

fn serve(
    builder: ServerBuilder,
    name: &str,
    listener: TcpListener,
    data: web::Data<App>,
    manner: Manner,
) -> anyhow::Result<Server> {
    let address = listener.local_addr()?;
    let builder =
        builder.shutdown_timeout(data.config.server.shutdown_timeout_secs).disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen(name, listener, move || {
        let stopping = stopping.clone();
        connections(data.clone(), address, manner.clone(), move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        })
    })?;
    Ok(builder.run())
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The service of one worker: a connection in, its answers out.
fn connections<S>(
    data: web::Data<App>,
    address: SocketAddr,
    manner: Manner,
    stopping: impl Fn() -> S + 'static,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    S: Future<Output = ()> + 'static,
{
    let Manner { crowd, tls, routes } = manner;
    let write_timeout = match data.config.server.client_write_timeout_secs {
        0 => None,
        secs => Some(Duration::from_secs(secs)),
    };
    let client = client::build(&data.config.upstream);
    let application = actix_web::App::new()
        .app_data(data)
        .app_data(web::Data::new(client))
        .wrap(actix_web::middleware::from_fn(http::middleware::request_id))
        .configure(routes)
        .into_factory()
        .map_err(|error: actix_web::Error| error.error_response());
    let http = HttpService::build()
        .graceful_shutdown_signal(stopping)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .local_addr(address)
        // What that comes to is decided by the stream.
        .h1_allow_half_closed(true)
        .on_connect_ext(|stream: &ClientStream, data| {
            data.insert::<Progress>(stream.progress());
            if stream.is_tls() {
                data.insert(ByTls);
            }
        })
        .finish(map_config(application, |()| AppConfig::default()));
    let accept = move |socket: TcpStream| {
        let peer = socket.peer_addr().ok();
        let counted = crowd.enter(peer.map(|peer| peer.ip()));
        let tls = tls.clone();
        async move {
            // Dropped without a word: whoever has so many would not read it.
            let counted = counted.ok_or(DispatchError::DisconnectTimeout)?;
            let stream = ClientStream::open(socket, tls, write_timeout).await;
            Ok((stream.map_err(DispatchError::Io)?.counted(counted), Protocol::Http1, peer))
        }
    };
    fn_service(accept).and_then(http)
}
