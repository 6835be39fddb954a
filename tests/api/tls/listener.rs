//! The first listener by TLS: what follows from it, and that clients are watched as in clear text.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use actix_web::rt;
use ollama_api_pool::server::Server;
use pool_stub::{Gate, Reply, Step, Stub};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Authority;
use crate::accounts::sign_up;
use crate::support::{Home, Program, Store, TestApp, config, in_time, program, run, until};

const INTERIM: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// The pool by TLS, before a stub, with one key.
struct Served {
    port: u16,
    token: String,
    /// Of a session.
    session: String,
    stub: Stub,
    authority: Authority,
    _stop: oneshot::Sender<()>,
    _home: Home,
}

impl Served {
    async fn start(settings: &[&str]) -> Self {
        let app = TestApp::start(Store::Sqlite, &[]).await;
        app.add_key("sk-by-tls-00000001").await;
        let token = app.token.clone();
        let session = sign_up(&app, "ann@example.org").await.session;
        let (home, stub, authority) = (app.stop().await, Stub::start(), Authority::new());
        authority.sign("server", "localhost");
        let files = [
            format!("--tls-cert={}", authority.path("server.pem")),
            format!("--tls-key={}", authority.path("server.key")),
        ];
        let settings: Vec<&str> =
            settings.iter().copied().chain(files.iter().map(String::as_str)).collect();
        let server = Server::build(config(&home, &stub, &settings)).await.expect("it starts");
        let (port, (stop, stopped)) = (server.port(), oneshot::channel());
        rt::spawn(server.run_until_stopped(async {
            let _ = stopped.await;
        }));
        Self { port, token, session, stub, authority, _stop: stop, _home: home }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        connect(self.port, &self.authority, TcpSocket::new_v4().expect("a socket")).await
    }

    fn chat(&self, body: &str) -> String {
        format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len(),
        )
    }
}

async fn connect(port: u16, authority: &Authority, socket: TcpSocket) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(authority.file("ca.pem")).expect("a certificate");
    roots.add(ca).expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let tcp = socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("a good certificate")
}

/// Reads until this text has come; returns everything so far.
async fn read_until(stream: &mut TlsStream<TcpStream>, text: &str) -> String {
    let mut read = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&read).contains(text) {
            let more = stream.read_buf(&mut read).await.expect("no reset");
            assert!(more > 0, "no {text:?} in {:?}", String::from_utf8_lossy(&read));
        }
    };
    in_time(text, reading).await;
    String::from_utf8_lossy(&read).into_owned()
}

#[actix_web::test]
async fn it_speaks_https_and_says_so() {
    let served = Served::start(&["--admin-listen=127.0.0.1:0"]).await;
    let mut client = served.connect().await;
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let ask = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";
    client.write_all(ask.as_bytes()).await.expect("it reads");
    let answer = read_until(&mut client, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    client.write_all(served.chat(r#"{"model":"m"}"#).as_bytes()).await.expect("it reads");
    read_until(&mut client, "x-pool-provider: ").await;

    let logout = format!(
        "POST /api/auth/logout HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\
         authorization: Bearer {}\r\nconnection: close\r\n\r\n",
        served.session
    );
    let mut client = served.connect().await;
    client.write_all(logout.as_bytes()).await.expect("it reads");
    let answer = read_until(&mut client, "\r\n\r\n").await;
    let cookie = answer.lines().find(|line| line.starts_with("set-cookie:")).expect("a cookie");
    assert!(cookie.contains("; Secure"), "{cookie}");

    let mut plain = TcpStream::connect(("127.0.0.1", served.port)).await.expect("it listens");
    plain.write_all(ask.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    let _ = in_time("an end", plain.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP/"), "{}", String::from_utf8_lossy(&answer));
}

#[actix_web::test]
async fn a_client_that_leaves_cancels_its_call() {
    let served = Served::start(&[]).await;
    served.stub.next("*", Reply::hang());
    let mut client = served.connect().await;
    client.write_all(served.chat(r#"{"model":"m"}"#).as_bytes()).await.expect("it reads");
    in_time("the call", served.stub.arrived(1)).await;
    drop(client);
    in_time("its end", served.stub.aborted(1)).await;
}

#[actix_web::test]
async fn a_client_that_says_no_more_gets_its_answer() {
    let served = Served::start(&[]).await;
    let gate = Gate::new();
    let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"here\": 1}";
    served
        .stub
        .next("*", Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(answer.to_vec())]));
    let mut client = served.connect().await;
    client.write_all(served.chat(r#"{"model":"m"}"#).as_bytes()).await.expect("it reads");
    client.shutdown().await.expect("it is open");
    in_time("the call", served.stub.arrived(1)).await;
    read_until(&mut client, INTERIM).await;
    gate.open();
    let answer = read_until(&mut client, "{\"here\": 1}").await;
    assert!(answer.trim_start_matches(INTERIM).starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[actix_web::test]
async fn a_client_that_stops_reading_is_let_go() {
    let served = Served::start(&["--client-write-timeout-secs=1"]).await;
    let event = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
        "x".repeat(1 << 20)
    );
    let steps = (0..48).map(|_| Step::Send(event.clone().into_bytes())).chain([Step::Hang]);
    served.stub.next("*", Reply::sse_raw(steps.collect()));
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut client = connect(served.port, &served.authority, socket).await;
    let chat = served.chat(r#"{"model":"m","stream":true}"#);
    client.write_all(chat.as_bytes()).await.expect("it reads");
    read_until(&mut client, "xxx").await;
    in_time("its end", served.stub.aborted(1)).await;
    drop(client);
}

#[actix_web::test]
async fn a_client_that_begins_no_handshake_is_let_go() {
    let served = Served::start(&[]).await;
    let mut silent = TcpStream::connect(("127.0.0.1", served.port)).await.expect("it listens");
    let mut read = Vec::new();
    let _ = in_time("the end of the connection", silent.read_to_end(&mut read)).await;
    assert!(read.is_empty(), "{read:?}");
    // A head that doesn't come is answered there, too.
    let mut slow = served.connect().await;
    let first = b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";
    slow.write_all(first).await.expect("it reads");
    read_until(&mut slow, "}").await;
    slow.write_all(b"GET /li").await.expect("it reads");
    read_until(&mut slow, "HTTP/1.1 408 ").await;
}

fn by_tls(dir: &Path, authority: &Authority) -> Command {
    let mut command = program(dir);
    command
        .env("TLS_CERT", authority.file("server.pem"))
        .env("TLS_KEY", authority.file("server.key"));
    command
}

#[actix_web::test]
async fn a_changed_certificate_is_shown_and_a_broken_one_is_not() {
    let (dir, authority) = (tempfile::tempdir().expect("a directory"), Authority::new());
    let first = authority.sign("server", "localhost");
    let mut child =
        by_tls(dir.path(), &authority).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut greeting = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let line = in_time("a greeting", greeting.next_line()).await.expect("text").expect("a line");
    let port = line.strip_prefix("Listening on https://127.0.0.1:").expect("an address");
    let port = port.parse().expect("a port");
    let shown = async || {
        let stream = connect(port, &authority, TcpSocket::new_v4().expect("a socket")).await;
        stream.get_ref().1.peer_certificates().expect("a certificate")[0].to_vec()
    };
    assert_eq!(shown().await, first);

    fs::write(authority.file("server.pem"), "no certificate").expect("a file");
    let mut told = Vec::new();
    let mut read_log = async |text: &str| {
        in_time(text, async {
            loop {
                let line = log.next_line().await.expect("text").expect("it runs");
                let is_it = line.contains(text);
                told.push(line);
                if is_it {
                    break;
                }
            }
        })
        .await;
    };
    read_log("the certificate is kept as it was").await;
    assert_eq!(shown().await, first);

    let second = authority.sign("server", "localhost");
    assert_ne!(first, second);
    until("the new one is shown", async || shown().await == second).await;
    read_log("the changed certificate").await;
    let errors = told.iter().filter(|line| line.contains("ERROR")).count();
    assert_eq!(errors, 1, "{told:?}");
}

#[actix_web::test]
async fn healthcheck_asks_by_tls() {
    let (dir, authority) = (tempfile::tempdir().expect("a directory"), Authority::new());
    authority.sign("server", "pool.example.org");
    let served = Program::start(by_tls(dir.path(), &authority)).await;
    let check = |port: u16| {
        let mut command = by_tls(dir.path(), &authority);
        command.env("PORT", port.to_string()).arg("healthcheck");
        run(command)
    };
    assert_eq!(check(served.port).await, (Some(0), String::new()));
    let (code, printed) = check(Stub::start().port()).await;
    assert!(code == Some(1) && printed.contains("https://"), "{printed}");
    assert!(served.terminate().await.0.success());
}
