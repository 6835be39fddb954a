//! Validated imports that are asked for again and again while processes die that work at them.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use pool_stub::{Reply, Step};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::fleet::{Fleet, REPLICAS};
use super::load::{KEYS, secret};
use crate::support::{ADMIN_TOKEN, Answer, PATIENCE, canary};

const KEYS_EACH: usize = 12;
const EVERY: Duration = Duration::from_secs(6);
const RETRY: Duration = Duration::from_millis(300);

/// How long the upstream thinks about a key, so that a death meets jobs under way.
const PROBE: Duration = Duration::from_millis(300);
/// Between two looks whether all have ended. One whose process died goes on after 30 to 45 seconds.
const LOOK: Duration = Duration::from_millis(500);

/// The jobs that were asked for.
#[derive(Default)]
pub struct Jobs {
    keys: Cell<usize>,
    begun: RefCell<Vec<String>>,
}

impl Jobs {
    /// Asks for one after the other until then.
    pub async fn run(&self, fleet: &Fleet, end: Instant) {
        fleet.stub.on_probe("*", slowly());
        let mut chance = fleet.story.chance("jobs");
        while Instant::now() + EVERY < end {
            let numbers = self.keys.get()..self.keys.get() + KEYS_EACH;
            let secrets: Vec<String> = numbers.map(secret).collect();
            secrets.iter().for_each(|secret| canary::release(secret));
            let body = json!({"content": secrets.join("\n")});
            let job = loop {
                let which = chance.usize(..REPLICAS);
                if let Some(job) = ask(fleet, which, &body).await {
                    fleet.story.note(format!("job {job} is begun at replica {which}"));
                    break job;
                }
                sleep(RETRY).await;
            };
            self.begun.borrow_mut().push(job);
            self.keys.set(self.keys.get() + KEYS_EACH);
            sleep(EVERY).await;
        }
    }

    /// Whether all ended, each item counted once and each key taken in once. Returns the figures.
    pub async fn check(&self, fleet: &Fleet) -> String {
        let began = Instant::now();
        let jobs = loop {
            let page = fleet.admin(0, "GET", "/admin/jobs?pageSize=200", None).await;
            let jobs = page["jobs"].as_array().expect("jobs").clone();
            if jobs.iter().all(|job| job["status"] != "running") {
                break jobs;
            }
            assert!(began.elapsed() < 2 * PATIENCE, "not all jobs end: {jobs:#?}");
            sleep(LOOK).await;
        };
        let known: Vec<&str> = jobs.iter().filter_map(|job| job["id"].as_str()).collect();
        for begun in self.begun.borrow().iter() {
            assert!(known.contains(&begun.as_str()), "job {begun} is gone");
        }
        let mut added = 0;
        for job in &jobs {
            let count = |name: &str| job["progress"][name].as_u64().expect("a count");
            assert_eq!(job["status"], "done", "{job}");
            assert_eq!(
                (count("total"), count("done")),
                (KEYS_EACH as u64, KEYS_EACH as u64),
                "{job}"
            );
            // What a job finds there is of one whose begin was not confirmed.
            assert_eq!(count("valid") + count("existing"), KEYS_EACH as u64, "{job}");
            added += count("added");
        }
        let keys = self.keys.get() as u64;
        let list = fleet.admin(0, "GET", "/admin/api-keys?provider=all", None).await;
        assert_eq!((added, &list["total"]), (keys, &json!(keys + KEYS.len() as u64)), "{jobs:#?}");
        let begun = self.begun.borrow().len();
        format!("{} jobs, {begun} of them confirmed, {added} keys", jobs.len())
    }
}

/// What the upstream knows of a key.
fn slowly() -> Reply {
    let limits = json!({"session": {"usage": 0.1}, "weekly": {"usage": 0.1}});
    let models = [json!({"id": "llama3.2"})];
    let body = json!({"name": "chaos", "plan": "free", "data": models, "limits": limits});
    let body = body.to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
    let answer = format!("{head}{}\r\n\r\n{body}", body.len());
    Reply::steps(vec![Step::Pause(PROBE), Step::Send(answer.into_bytes())])
}

/// The job's id, if it is begun for sure.
async fn ask(fleet: &Fleet, which: usize, body: &Value) -> Option<String> {
    let client = awc::Client::builder().timeout(Duration::from_secs(5)).finish();
    let url = fleet.url(which, "/admin/api-keys/import-with-validation");
    let answer =
        Answer::read(client.post(url).bearer_auth(ADMIN_TOKEN).send_json(body).await.ok()?);
    let answer = answer.await;
    if answer.broken || answer.status == 503 {
        return None;
    }
    assert_eq!(answer.status, 202, "{}", answer.text());
    Some(answer.json()["job"].as_str().expect("an id").to_owned())
}
