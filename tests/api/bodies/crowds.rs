//! Many clients that do nothing but hold on.

use std::time::{Duration, Instant};

use super::{CHAT, Client, LOGIN, administrator, head};
use crate::support::{Store, TestApp, both_stores, until};

/// Within this everybody else is answered, on a busy machine.
const SOON: Duration = Duration::from_secs(5);

both_stores! {
    async fn slow_clients_leave_everybody_else_alone(app) {
        let ann = administrator(&app).await;
        let mut slow = Vec::new();
        for n in 0..300 {
            let (path, token) = if n % 2 == 0 { (LOGIN, "") } else { (CHAT, &*app.token) };
            slow.push(Client::send(&app, head(path, token, "content-length: 60000\r\n") + "{").await);
        }
        until("all are waited for", async || app.app.bodies.held() == 300).await;
        let began = Instant::now();
        assert_eq!(app.call("GET", "/livez", "", None).await.status, 200);
        assert_eq!(app.call("GET", "/admin/stats", &ann.session, None).await.status, 200);
        assert_eq!(ann.get(&app, "profile").await.status, 200);
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        drop(slow);
    }
}

#[actix_web::test]
async fn one_address_has_so_many_connections() {
    let app = TestApp::start(Store::Sqlite, &["--max-connections-per-address=8"]).await;
    let get = "GET /livez HTTP/1.1\r\nhost: pool\r\n\r\n";
    // Those of the start may still be there.
    let mut open = Vec::new();
    loop {
        let mut client = Client::send(&app, get).await;
        let mut answer = [0; 12];
        match tokio::io::AsyncReadExt::read_exact(&mut client.0, &mut answer).await {
            Ok(_) => open.push(client),
            Err(_) => break,
        }
        assert!(open.len() <= 8, "there is an end");
    }
    assert!(open.len() >= 4, "{}", open.len());
    open.pop();
    until("a place", async || {
        let client = Client::send(&app, get.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
        client.await.rest().await.starts_with("HTTP/1.1 200 ")
    })
    .await;
    app.stop().await;
}

#[actix_web::test]
async fn all_clients_of_a_trusted_proxy_come_through_it() {
    let settings = ["--max-connections-per-address=2", "--trusted-proxies=127.0.0.1"];
    let app = TestApp::start(Store::Sqlite, &settings).await;
    let mut open = Vec::new();
    for _ in 0..10 {
        let mut client = Client::send(&app, "GET /livez HTTP/1.1\r\nhost: pool\r\n\r\n").await;
        assert!(client.head().await.starts_with("HTTP/1.1 200 "));
        open.push(client);
    }
    app.stop().await;
}
