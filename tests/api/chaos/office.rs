//! What administrators ask of processes that are up.

use serde_json::Value;

use super::fleet::{Fleet, REPLICAS};
use crate::support::{ADMIN_TOKEN, Answer, in_time, until};

impl Fleet {
    /// A call of an administrator's that must be answered well.
    pub async fn admin(
        &self,
        which: usize,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        let answer = self.call(which, method, path, body).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
        answer.json()
    }

    async fn call(&self, which: usize, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let client = awc::Client::builder().disable_timeout().finish();
        let request = client.request(method.parse().expect("a method"), self.url(which, path));
        let request = request.bearer_auth(ADMIN_TOKEN);
        let sent = match body {
            Some(body) => request.send_json(body).await,
            None => request.send().await,
        };
        in_time("an answer", Answer::read(sent.expect("the program answers"))).await
    }

    /// How many keys are in rotation, in a process's own eyes.
    pub async fn active_keys(&self, which: usize) -> usize {
        let all = self.admin(which, "GET", "/admin/providers", None).await;
        let mut all = all["providers"].as_array().expect("a list").iter();
        let ours = all.find(|provider| provider["id"] == "ollama").expect("it is there");
        serde_json::from_value(ours["keys"]["active"].clone()).expect("a number")
    }

    /// Resolves when all are up, miss nothing, and have written what they counted.
    pub async fn all_is_well(&self) {
        assert_eq!(self.up(), REPLICAS);
        for which in 0..REPLICAS {
            until(&format!("replica {which} is well"), async || {
                let settled = self.call(which, "GET", "/admin/stats", None).await.status == 200;
                let health = self.call(which, "GET", "/health", None).await.json();
                let stats = &health["components"]["stats"]["state"];
                settled && health["status"] == "ok" && stats["recorded"] == stats["written"]
            })
            .await;
        }
    }
}
