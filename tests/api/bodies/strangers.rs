//! Callers of whom nothing is known are counted whatever they send.

use super::{CHAT, Client, LOGIN, head, outcome};
use crate::accounts::sign_up;
use crate::support::both_stores;

both_stores! {
    async fn malformed_and_huge_bodies_are_counted(
        app, ["--rate-limit-requests=4", "--rate-limit-window=3600"]
    ) {
        let ann = sign_up(&app, "ann@example.org").await;
        let mut codes = Vec::new();
        let cases = [
            (LOGIN, "content-length: 1\r\n", "{"),
            (LOGIN, "content-length: 70000\r\n", ""),
            (LOGIN, "content-length: 2\r\n", "{}"),
            ("/api/auth/register", "content-length: 4\r\n", "null"),
        ];
        for (path, lines, body) in cases.into_iter().cycle().take(8) {
            let lines = format!("connection: close\r\n{lines}");
            let answer = Client::send(&app, head(path, "", &lines) + body).await.rest().await;
            codes.push(outcome(&answer));
        }
        // Signing up took two.
        assert_eq!(codes[0], (400, "malformed_request".to_owned()), "{codes:?}");
        assert_eq!(codes[1], (413, "body_too_large".to_owned()), "{codes:?}");
        for refused in &codes[2..] {
            assert_eq!(refused, &(429, "rate_limited".to_owned()), "{codes:?}");
        }
        // At the client API, too, whose door is another.
        for n in 0..6 {
            let lines = "connection: close\r\ncontent-length: 1\r\n";
            let answer = Client::send(&app, head(CHAT, "", lines) + "{").await.rest().await;
            assert_eq!(outcome(&answer).0, if n < 4 { 401 } else { 429 }, "{answer}");
        }
        // Whoever is signed in is not counted.
        for _ in 0..6 {
            let lines = "connection: close\r\ncontent-length: 1\r\n";
            let head = head("/api/auth/change-password", &ann.session, lines);
            assert_eq!(outcome(&Client::send(&app, head + "{").await.rest().await).0, 400);
        }
    }
}
