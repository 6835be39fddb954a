//! Routes of other servers are refused in the words of whoever asks for them.

use serde_json::json;

use crate::support::{Store, TestApp};

const INSTEAD: &str = "POST /v1/chat/completions";

#[actix_web::test]
async fn each_dialect_is_told_what_is_served() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let body = json!({"model": "m"});
    for path in ["/v1/images/generations", "/v1/audio/speech", "/openrouter/v1/embeddings", "/v1/x"]
    {
        let answer = app.call("POST", path, &app.token, Some(&body)).await;
        let json = answer.json();
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
        assert_eq!(json["error"]["type"], "invalid_request_error");
        assert!(json["error"]["message"].as_str().is_some_and(|text| text.contains(INSTEAD)));
    }
    for path in ["/v1/messages", "/v1/messages/count_tokens?beta=true", "/ollama/v1/messages"] {
        let answer = app.call("POST", path, &app.token, Some(&body)).await;
        let json = answer.json();
        assert_eq!((answer.status, &json["type"]), (404, &json!("error")), "{path}");
        assert_eq!(json["error"]["type"], "not_found_error");
        assert!(json["error"]["message"].as_str().is_some_and(|text| text.contains(INSTEAD)));
        assert_eq!(json["request_id"].as_str(), answer.header("x-request-id"));
    }
    let ollama = [
        ("POST", "/api/chat"),
        ("POST", "/api/generate/"),
        ("POST", "//api/embed"),
        ("GET", "/api/tags"),
        ("GET", "/api/version"),
        ("POST", "/openrouter/api/chat"),
        ("DELETE", "/api/delete"),
    ];
    for (method, path) in ollama {
        let answer = app.call(method, path, &app.token, None).await;
        let json = answer.json();
        assert_eq!(answer.status, 404, "{path}");
        let words = json["error"].as_str().unwrap_or_else(|| panic!("{path}: {json}"));
        assert!(words.contains(INSTEAD), "{path}: {words}");
        assert_eq!(json.as_object().map(serde_json::Map::len), Some(1), "{path}: {json}");
    }
    let other = app.call("GET", "/api/nowhere", "", None).await;
    assert_eq!((other.status, other.code().as_str()), (404, "not_found"));
    app.stop().await;
}
