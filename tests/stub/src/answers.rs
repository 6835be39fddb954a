//! The default answer to every request.

use std::{sync::Arc, time::Duration};

use crate::{
    chat::{Chat, asked},
    render::add_headers,
    reply::{Kind, Reply, Step},
    request::Request,
};

const MODELS: &str = r#"{"object":"list","data":[
{"id":"llama3.2","object":"model","created":1700000000,"owned_by":"stub"},
{"id":"gpt-oss:20b","object":"model","created":1700000000,"owned_by":"stub"},
{"id":"qwen3-coder:480b","object":"model","created":1700000000,"owned_by":"stub"}]}"#;
const BALANCE: &str = r#"{"included":{"session":{"remaining_percent":90,"resets_at":"2030-01-01T00:00:00Z"},"weekly":{"remaining_percent":80,"resets_at":"2030-01-01T00:00:00Z"}},"purchased":{"balance_usd":0}}"#;
const USAGE: &str = r#"{"limits":{"session":{"usage":0.1},"weekly":{"usage":0.2}}}"#;
const ME: &str = r#"{"name":"stub","plan":"free"}"#;
const KEY: &str = r#"{"data":{"label":"stub","limit":null,"limit_remaining":null,"usage":0,"is_free_tier":false}}"#;
const UNKNOWN: &str = r#"{"error":{"message":"The stub does not know this path","type":"invalid_request_error","param":null,"code":"not_found"}}"#;

/// All default answers, ready to send.
pub struct Answers {
    chat: Chat,
    models: Arc<[Step]>,
    balance: Arc<[Step]>,
    usage: Arc<[Step]>,
    me: Arc<[Step]>,
    key: Arc<[Step]>,
    unknown: Arc<[Step]>,
}

impl Answers {
    pub fn new(chunks: usize, pause: Duration) -> Answers {
        Answers {
            chat: Chat::new(chunks, pause),
            models: Reply::json(200, MODELS).into(),
            balance: Reply::json(200, BALANCE).into(),
            usage: Reply::json(200, USAGE).into(),
            me: Reply::json(200, ME).into(),
            key: Reply::json(200, KEY).into(),
            unknown: Reply::json(404, UNKNOWN).into(),
        }
    }

    /// What to send for a scripted reply, or by default.
    pub fn steps(&self, request: &Request, reply: Option<Reply>) -> Arc<[Step]> {
        let (mut steps, lines) = match reply.map(|reply| reply.0) {
            None => return self.default(request),
            Some(Kind::Steps(steps)) => return steps.into(),
            Some(Kind::Silent(end)) => return [end].into(),
            Some(Kind::After(steps)) => {
                return [&steps[..], &*self.default(request)].concat().into();
            }
            Some(Kind::Default(lines)) if lines.is_empty() => return self.default(request),
            Some(Kind::Default(lines)) => (self.default(request).to_vec(), lines),
            Some(Kind::Dribble(lines)) => (self.chat.dribble(&asked(&request.body)), lines),
        };
        add_headers(&mut steps, &lines);
        steps.into()
    }

    fn default(&self, request: &Request) -> Arc<[Step]> {
        let steps = match (request.method.as_str(), request.bare_path()) {
            ("POST", path) if path.ends_with("/chat/completions") => {
                return self.chat.answer(&asked(&request.body));
            }
            ("POST", path) if path.ends_with("/api/me") => &self.me,
            ("GET", path) if path.ends_with("/models") => &self.models,
            ("GET", path) if path.ends_with("/api/balance") => &self.balance,
            ("GET", path) if path.ends_with("/api/usage") => &self.usage,
            ("GET", path) if path.ends_with("/key") => &self.key,
            _ => &self.unknown,
        };
        steps.clone()
    }
}

impl From<Reply> for Arc<[Step]> {
    /// The steps of a reply that does not depend on the request; none for one that does.
    fn from(reply: Reply) -> Arc<[Step]> {
        match reply.0 {
            Kind::Steps(steps) => steps.into(),
            Kind::Silent(end) => [end].into(),
            Kind::Default(_) | Kind::Dribble(_) | Kind::After(_) => Arc::default(),
        }
    }
}
