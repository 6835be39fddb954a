//! Base URLs that must not be, and connections that must not be made.

use ollama_api_pool::models::provider::ProviderRow;
use ollama_api_pool::provider::reload;
use pool_stub::Stub;
use serde_json::json;

use super::PRIVATE;
use crate::support::{TestApp, both_stores};

/// The status of adding a provider at this URL.
async fn add(app: &TestApp, url: &str) -> u16 {
    app.admin("POST", "/admin/providers", &json!({"id": "new", "base_url": url})).await.status
}

both_stores! {
    async fn forbidden_addresses_are_refused(app) {
        for url in [
            "http://127.0.0.1:9999", "http://localhost:9999", "http://[::1]", "http://2130706433",
            "http://0x7f000001", "http://0177.0.0.1", "http://[::ffff:127.0.0.1]", "http://127.1",
            "http://10.1.2.3", "http://172.16.0.1", "http://192.168.1.1", "http://100.64.0.1",
            "http://169.254.169.254/latest/meta-data", "http://[fd00:ec2::254]", "http://[fe80::1]",
            "http://metadata.google.internal", "http://0.0.0.0", "http://224.0.0.1",
            "http://255.255.255.255", "http://[fc00::1]", "http://192.88.99.1", "http://[2001:2::1]",
            "http://[3fff::1]", "http://[5f00::1]", "http://[100:0:0:1::1]", "http://user:pw@93.184.216.34",
            "file:///etc/passwd", "gopher://93.184.216.34", "//93.184.216.34", "http://",
            "http://no-such-host.invalid", "https://93.184.216.34?x=y", "https://93.184.216.34#x",
        ] {
            assert_eq!(add(&app, url).await, 422, "{url}");
        }
        assert_eq!(add(&app, "https://93.184.216.34/api").await, 201);
        let moved = json!({"base_url": "http://127.0.0.1:1"});
        assert_eq!(app.admin("PATCH", "/admin/providers/new", &moved).await.status, 422);
    }

    async fn with_leave_private_ones_are_let_through_and_metadata_is_not(app, [PRIVATE]) {
        for url in ["http://169.254.169.254", "http://[fd00:ec2::254]", "http://[fe80::1]",
            "http://[::ffff:a9fe:a9fe]", "http://0.0.0.0", "http://metadata.google.internal"] {
            assert_eq!(add(&app, url).await, 422, "{url}");
        }
        assert_eq!(add(&app, "http://192.168.1.1:11434").await, 201);
    }

    /// As when a name was public when it was given, and leads to this machine when it is used.
    async fn a_connection_is_looked_at_again(app) {
        let stub = Stub::start();
        for (id, host) in [("by-name", "localhost"), ("by-address", "127.0.0.1")] {
            let row = ProviderRow {
                id: id.to_owned(),
                name: "Rebound".to_owned(),
                base_url: format!("http://{host}:{}", stub.port()),
                kind: "openai".to_owned(),
                enabled: true,
                created_at: app.app.clock.now().naive(),
                confirmed_origin: None,
                confirmed_kind: None,
            };
            assert!(row.insert(&mut app.app.database.get().await.unwrap()).await.unwrap());
            reload::now(&app.app).await.unwrap();
            let key = json!({"api_key": "sk-rebound-00001", "provider": row.id});
            let id = app.add_key_with(&key).await;
            let chat = format!("/{}/v1/chat/completions", row.id);
            let body = json!({"model": "m", "messages": []});
            let answer = app.call("POST", &chat, &app.token, Some(&body)).await;
            assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_error"), "{host}");
            let tested = format!("/admin/providers/{}/test", row.id);
            let tested = app.admin("POST", &tested, &json!({})).await.json();
            assert_eq!((&tested["ok"], &tested["error"]), (&json!(false), &json!("connect_failed")));
            let models = app.call("GET", &format!("/{}/v1/models", row.id), "", None).await;
            assert_eq!(models.status, 502);
            let verify = app.admin("POST", "/admin/verify-key", &json!({"id": id})).await.json();
            assert_eq!(verify["valid"], false, "the other client looks, too");
        }
        assert!(stub.calls().is_empty() && stub.probes().is_empty(), "nobody came");
        // The environment's own address is on this machine, too, and serves.
        app.add_key("sk-rebound-00002").await;
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }
}
