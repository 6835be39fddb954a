//! Connections: kept, closed, and never to somebody else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use hyper::Method;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::connect::{Connector, config};
use super::{Client, Reason, Request, build, keep_alive};
use crate::cli::Cli;
use crate::config::Upstream;
use crate::upstream::guard::{Guard, Names};

/// Connections that a server has taken, and those of them that are closed.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Counts {
    opened: usize,
    closed: usize,
}

/// A server that answers each request with these bytes.
struct Server {
    port: u16,
    counts: watch::Receiver<Counts>,
}

impl Server {
    async fn start(answer: &'static str, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (told, counts) = watch::channel(Counts::default());
        let told = Arc::new(told);
        actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, told) = (tls.clone(), told.clone());
                actix_web::rt::spawn(async move {
                    told.send_modify(|counts| counts.opened += 1);
                    match tls {
                        None => serve(stream, answer).await,
                        Some(tls) => {
                            if let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await {
                                serve(stream, answer).await;
                            }
                        }
                    }
                    told.send_modify(|counts| counts.closed += 1);
                });
            }
        });
        Self { port, counts }
    }

    async fn until(&mut self, counts: Counts) {
        let waiting = self.counts.wait_for(|now| *now == counts);
        tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str) {
    let mut read = Vec::new();
    while matches!(stream.read_buf(&mut read).await, Ok(1..)) {
        if read.ends_with(b"\r\n\r\n") {
            read.clear();
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.flush().await;
        }
    }
}

fn settings() -> Upstream {
    let flags = ["pool", "--allow-private-upstreams=true", "--upstream-connect-timeout-ms=5000"];
    Cli::try_parse_from(flags).unwrap().config.upstream
}

/// What this address answers.
async fn get(client: &Client, url: &str) -> Result<String, Reason> {
    let uri = url.parse().unwrap();
    let answer = client.send(&Request::new(Method::GET, &uri, None)).await?;
    let deadline = Instant::now() + Duration::from_secs(10);
    let body = answer.source.start(1000, deadline.into()).await.whole()?;
    Ok(String::from_utf8(body).unwrap())
}

const LONG: &str = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nlong";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";

#[actix_web::test]
async fn a_connection_is_kept_when_its_answer_was_read() {
    for answer in ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", CHUNKED] {
        let mut server = Server::start(answer, None).await;
        let client = build(&settings());
        for _ in 0..3 {
            assert_eq!(
                get(&client, &format!("http://127.0.0.1:{}/", server.port)).await.unwrap(),
                "ok"
            );
        }
        server.until(Counts { opened: 1, closed: 0 }).await;
        let other = client.apart(&format!("http://127.0.0.1:{}/", server.port).parse().unwrap());
        assert!(get(&other, &format!("http://127.0.0.1:{}/", server.port)).await.is_ok());
        drop(other);
        server.until(Counts { opened: 2, closed: 1 }).await;
        drop(client);
        server.until(Counts { opened: 2, closed: 2 }).await;
    }
}

#[actix_web::test]
async fn a_connection_is_closed_with_its_answer_when_that_was_not_read() {
    let mut server = Server::start(LONG, None).await;
    let (client, uri) = (build(&settings()), format!("http://127.0.0.1:{}/", server.port));
    let uri = uri.parse().unwrap();
    for n in 1..=3 {
        let answer = client.send(&Request::new(Method::GET, &uri, None)).await.ok().unwrap();
        assert_eq!(answer.source.remaining(), Some(9));
        drop(answer);
        server.until(Counts { opened: n, closed: n }).await;
    }
}

#[actix_web::test]
async fn a_connection_is_not_kept_where_something_is_left_or_the_server_says_so() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nkeep-alive: timeout=1\r\n\r\nok",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ] {
        let mut server = Server::start(answer, None).await;
        let client = build(&settings());
        for n in 1..=2 {
            let url = format!("http://127.0.0.1:{}/", server.port);
            assert_eq!(get(&client, &url).await.unwrap(), "ok", "{answer}");
            server.until(Counts { opened: n, closed: n }).await;
        }
    }
}

#[test]
fn the_servers_patience_is_believed() {
    let of = |text: &'static str| {
        let value = hyper::header::HeaderValue::from_static(text);
        keep_alive(&[("keep-alive".parse().unwrap(), value)].into_iter().collect()).as_secs()
    };
    assert_eq!(keep_alive(&hyper::HeaderMap::new()).as_secs(), 15);
    assert_eq!(["timeout=5", "timeout=5, max=100", "max=9, timeout=75"].map(of), [4, 4, 15]);
    assert_eq!(["timeout=0", "timeout=1", "timeout=x", ""].map(of), [0, 0, 15, 15]);
}

/// A server's settings with a certificate for this name, and a client's that believe it.
fn tls(name: &str) -> (Arc<ServerConfig>, ClientConfig) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let mut server = builder.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    (Arc::new(server), config(roots))
}

#[actix_web::test]
async fn tls_is_spoken_with_whom_the_certificate_names_only() {
    let answer = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let (server_tls, client_tls) = tls("upstream.example");
    let mut server = Server::start(answer, Some(server_tls)).await;
    let names: Names = Arc::new(|place| {
        let port: u16 = place.rsplit(':').next().unwrap().parse().unwrap();
        Box::pin(std::future::ready(Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])))
    });
    let guard = Guard::with_names(&settings(), names);
    let connector = Connector::with_tls(guard, Duration::from_secs(5), client_tls);
    let client = Client::new(connector, Duration::from_secs(5));
    let url = |name: &str| format!("https://{name}:{}/", server.port);
    for _ in 0..2 {
        assert_eq!(get(&client, &url("upstream.example")).await.unwrap(), "ok");
    }
    assert_eq!(get(&client, &url("other.example")).await, Err(Reason::ConnectFailed));
    let (unknown, _) = (build(&settings()), ());
    assert_eq!(get(&unknown, &url("127.0.0.1")).await, Err(Reason::ConnectFailed));
    server.until(Counts { opened: 3, closed: 2 }).await;
}
