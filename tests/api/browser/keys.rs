//! Keys, many at once: brought in and taken out, while another window looks on.

use pool_stub::{Gate, Reply, Step};

use super::{administer, start};
use crate::support::{Store, canary};

const KEYS: [&str; 3] = ["sk-brought-0000000001", "sk-brought-0000000002", "sk-brought-0000000003"];
const BAD: &str = "sk-brought-0000000009";

/// Answers a probe once the gate is open.
fn held(gate: &Gate) -> Reply {
    let answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(answer.to_vec())])
}

#[actix_web::test]
async fn keys_are_brought_in_and_taken_out() {
    let settings = ["--probe-retry-ms=0", "--health-check-concurrency=1"];
    let (app, window) = start(Store::Sqlite, &settings).await;
    KEYS.iter().chain([&BAD]).for_each(|key| canary::release(key));
    let gate = Gate::new();
    app.stub.on_probe(KEYS[2], held(&gate));
    app.stub.on_probe(BAD, Reply::json(401, "{}"));

    administer(&window, "/dashboard/import").await;
    let lines = format!("{}\n{BAD}\n{}\n{}\nno key\n", KEYS[0], KEYS[1], KEYS[2]);
    window.fill("Or paste", &lines).await;
    window.sees("New key").await;
    window.press("Dry run").await;
    window.sees("Nothing is stored.").await;
    assert_eq!(app.stats().await["total_api_keys"], 0);
    window.press("Ask the provider about each key first").await;
    window.press("Check and import").await;
    gate.reached().await;
    window.sees("4 of 5").await;
    window.sees("Under way").await;
    window.picture("import-under-way").await;
    gate.open();
    window.sees("5 of 5").await;
    window.sees("Done").await;
    assert_eq!(app.stats().await["total_api_keys"], 3);

    // Two windows look at the same keys; what is done in one is seen in the other.
    administer(&window, "/dashboard/keys").await;
    window.sees("Active").await;
    let first = window.open_another().await;
    administer(&window, "/dashboard/keys").await;
    window.press("Pick all rows of this page").await;
    window.sees("3 picked").await;
    window.press("Disable").await;
    window.fill("Why", "leaked").await;
    window.press("Disable").await;
    window.sees("Disabled: 3").await;
    window.look_at(first).await;
    window
        .until("the other window knows", async || {
            window.text_of("tbody").await.matches("Disabled").count() == 3
        })
        .await;
    assert_eq!(app.ask("llama3.2").await.status, 503);
    window.has_no_complaints().await;
    app.stop().await;
}
