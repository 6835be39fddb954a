//! The default chat answers, made once per model and kept: a benchmark only writes bytes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use crate::{
    json::fields,
    render::{chunked, whole},
    reply::Step,
};

/// How many chunks with content the default event stream has.
pub const EVENTS: usize = 5;

const WORDS: [&str; 5] = ["Hello", " from", " the", " stub", "."];
const FILLER: &str = " The quick brown fox jumps over the lazy dog.";
/// More models than this are taken for noise, and the kept answers are dropped.
const MODELS: usize = 256;

/// The body of the default answer without a stream: about 1 KB.
pub fn chat_json(model: &str) -> String {
    body(&serde_json::Value::from(model).to_string())
}

/// What the answer depends on.
pub struct Asked<'a> {
    /// The model as a JSON string, quotes and escapes included.
    model: &'a str,
    stream: bool,
    usage: bool,
}

/// Reads a request body; what is missing or odd counts as not asked for.
pub fn asked(body: &[u8]) -> Asked<'_> {
    let mut asked = Asked { model: "\"stub\"", stream: false, usage: false };
    for (name, value) in fields(body) {
        match name {
            b"model" if value.starts_with(b"\"") => {
                asked.model = std::str::from_utf8(value).unwrap_or(asked.model);
            }
            b"stream" => asked.stream = value == b"true",
            b"stream_options" => {
                asked.usage = fields(value).any(|(n, v)| n == b"include_usage" && v == b"true");
            }
            _ => {}
        }
    }
    asked
}

/// The answers for every model asked for so far.
pub struct Chat {
    chunks: usize,
    pause: Duration,
    made: Mutex<HashMap<String, Arc<Made>>>,
}

struct Made {
    whole: Arc<[Step]>,
    stream: Arc<[Step]>,
    stream_usage: Arc<[Step]>,
}

impl Chat {
    pub fn new(chunks: usize, pause: Duration) -> Chat {
        Chat { chunks, pause, made: Mutex::default() }
    }

    /// The default answer.
    pub fn answer(&self, asked: &Asked<'_>) -> Arc<[Step]> {
        let made = self.made(asked.model);
        match (asked.stream, asked.usage) {
            (false, _) => made.whole.clone(),
            (true, false) => made.stream.clone(),
            (true, true) => made.stream_usage.clone(),
        }
    }

    /// The default event stream, a byte per chunk.
    pub fn dribble(&self, asked: &Asked<'_>) -> Vec<Step> {
        let text: String = events(asked.model, self.chunks, asked.usage).concat();
        chunked(text.bytes().map(|byte| Step::Send(vec![byte])).collect())
    }

    fn made(&self, model: &str) -> Arc<Made> {
        let mut all = self.made.lock();
        if let Some(made) = all.get(model) {
            return made.clone();
        }
        if all.len() >= MODELS {
            all.clear();
        }
        let made = Arc::new(Made {
            whole: [whole(200, "application/json", body(model).as_bytes())].into(),
            stream: self.stream(model, false).into(),
            stream_usage: self.stream(model, true).into(),
        });
        all.insert(model.to_owned(), made.clone());
        made
    }

    fn stream(&self, model: &str, usage: bool) -> Vec<Step> {
        let mut parts = Vec::new();
        for (i, event) in events(model, self.chunks, usage).into_iter().enumerate() {
            if (1..=self.chunks).contains(&i) && !self.pause.is_zero() {
                parts.push(Step::Pause(self.pause));
            }
            parts.push(Step::Send(event.into_bytes()));
        }
        chunked(parts)
    }
}

/// The events of the default stream: the role, the content, the end, the usage if asked for.
fn events(model: &str, chunks: usize, usage: bool) -> Vec<String> {
    let event = |rest: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-stub\",\"object\":\"chat.completion.chunk\",\
             \"created\":1700000000,\"model\":{model},{rest}}}\n\n"
        )
    };
    let delta = |delta: &str, finish: &str| {
        event(&format!(
            "\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]"
        ))
    };
    let mut all = vec![delta(r#"{"role":"assistant","content":""}"#, "null")];
    let words = WORDS.iter().cycle().take(chunks);
    all.extend(words.map(|word| delta(&format!("{{\"content\":\"{word}\"}}"), "null")));
    all.push(delta("{}", "\"stop\""));
    if usage {
        all.push(event(&format!("\"choices\":[],{}", used(chunks))));
    }
    all.push("data: [DONE]\n\n".to_owned());
    all
}

fn body(model: &str) -> String {
    format!(
        "{{\"id\":\"chatcmpl-stub\",\"object\":\"chat.completion\",\"created\":1700000000,\
         \"model\":{model},\"choices\":[{{\"index\":0,\"message\":{{\"role\":\"assistant\",\
         \"content\":\"Hello from the stub.{}\"}},\"finish_reason\":\"stop\"}}],{}}}",
        FILLER.repeat(16),
        used(20),
    )
}

fn used(tokens: usize) -> String {
    let total = 10 + tokens;
    format!(
        "\"usage\":{{\"prompt_tokens\":10,\"completion_tokens\":{tokens},\"total_tokens\":{total}}}"
    )
}
