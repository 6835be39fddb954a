//! The first minute with the pool.

use serde_json::json;

use crate::support::both_stores;

both_stores! {
    async fn a_key_a_token_a_chat(app) {
        app.add_key("sk-first-0000000001").await;
        let answer = app.chat(&json!({"model": "llama3.2", "messages": []})).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), pool_stub::chat_json("llama3.2"));
        assert_eq!(answer.header("x-pool-attempts"), Some("1"));
        assert_eq!(app.stub.count("sk-first-0000000001"), 1);
        assert_eq!(app.stats().await["total_requests"], 1);
    }
}
