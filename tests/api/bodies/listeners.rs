//! The second listener, for whatever watches over the process.

use std::net::SocketAddr;

use tempfile::TempDir;

use crate::support::{ADMIN_TOKEN, Answer, Program, Store, TestApp, program, run};

async fn ask(at: SocketAddr, path: &str, token: &str) -> Answer {
    let request = awc::Client::default().get(format!("http://{at}{path}"));
    let request = if token.is_empty() { request } else { request.bearer_auth(token) };
    Answer::read(request.send().await.expect("an answer")).await
}

#[actix_web::test]
async fn it_has_three_routes_and_the_first_keeps_them() {
    let settings = ["--admin-listen=127.0.0.1:0", "--max-connections-per-address=4"];
    let app = TestApp::start(Store::Sqlite, &settings).await;
    let second = app.admin_address.expect("a second listener");
    let first = SocketAddr::from(([127, 0, 0, 1], app.port()));
    for at in [first, second] {
        for path in ["/livez", "/readyz", "/metrics"] {
            assert_eq!(ask(at, path, "").await.status, 200, "{at}{path}");
        }
        let elsewhere = awc::Client::default().get(format!("http://{at}/metrics"));
        let elsewhere = elsewhere.insert_header(("x-forwarded-for", "192.0.2.1")).send().await;
        assert_eq!(elsewhere.expect("an answer").status(), 401, "by the same rules");
    }
    for path in ["/", "/health", "/v1/models", "/admin/stats", "/api/auth/config"] {
        assert_eq!(ask(second, path, ADMIN_TOKEN).await.status, 404, "{path}");
    }
    // A crowd at the first one leaves the second alone.
    let mut crowd = Vec::new();
    for _ in 0..8 {
        crowd.push(std::net::TcpStream::connect(first).expect("it listens"));
    }
    assert_eq!(ask(second, "/livez", "").await.status, 200);
    app.stop().await;
    assert!(std::net::TcpStream::connect(second).is_err(), "it ends with the program");
}

#[actix_web::test]
async fn the_health_check_asks_it() {
    let dir = TempDir::new().expect("a directory");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address").to_string();
    drop(free);
    let mut command = program(dir.path());
    command.env("ADMIN_LISTEN", &address);
    let running = Program::start(command).await;
    let mut check = program(dir.path());
    // Nobody is at this port: only the second listener can answer.
    check.env("ADMIN_LISTEN", &address).env("PORT", "1").arg("healthcheck");
    let (code, printed) = run(check).await;
    assert_eq!(code, Some(0), "{printed}");
    let (_, printed) = running.terminate().await;
    assert!(printed.contains("open files: at most"), "{printed}");
}
