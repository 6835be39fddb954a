//! Somebody's way from signing up to a chat, and what happens when the session is over.

use std::time::Duration;

use pool_stub::{Gate, Reply, Step};

use super::{Window, start};
use crate::support::{Store, TestApp, canary, in_time};

const ANN: &str = "ann@example.org";
const PASSWORD: &str = "ann and a password";
const DAY: Duration = Duration::from_secs(86_400);

#[actix_web::test]
async fn from_signing_up_to_a_chat() {
    let (app, window) = start(Store::Postgres, &[]).await;
    app.add_key("sk-upstream-0000001").await;
    canary::release(PASSWORD);
    sign_up(&app, &window).await;
    window.press("Check in").await;
    window.sees("Checked in today").await;
    window.sees("one day in a row").await;

    window.go("/api-docs#playground").await;
    window.press("Use my key").await;
    window
        .until("the key is filled in", async || {
            window.filled("Client token").await.starts_with("sk-pool-")
        })
        .await;
    canary::release(&window.filled("Client token").await);
    window.fill("Message", "Why is the sky blue?").await;
    an_answer_is_shown_as_it_comes(&app, &window).await;
    a_stopped_answer_ends_upstream(&app, &window).await;
    a_session_that_is_over_leads_to_the_sign_in(&app, &window).await;
    who_deletes_an_account_is_told_what_stays(&window).await;
    window.has_no_complaints().await;
    app.stop().await;
}

async fn sign_up(app: &TestApp, window: &Window) {
    window.go("/").await;
    window.turn_to("Create account").await;
    window.fill("E-mail address", ANN).await;
    window.press("Send code").await;
    window.sees("A mail is on its way to you.").await;
    window.sees("Again in").await;
    window.fill("Code by mail", &app.mail_to(ANN).await.code()).await;
    window.fill("Password", PASSWORD).await;
    window.press("Create account").await;
    window.is_at("/user").await;
    window.sees("Your key").await;
}

/// An event with these words.
fn words(words: &str) -> Vec<u8> {
    let head = r#"data: {"id":"1","object":"chat.completion.chunk","model":"llama3.2","choices":[{"index":0,"delta":{"content":""#;
    format!("{head}{words}\"}}}}]}}\n\n").into_bytes()
}

async fn an_answer_is_shown_as_it_comes(app: &TestApp, window: &Window) {
    let gate = Gate::new();
    let (first, second) = (words("Because of Rayleigh"), words(", 因为散射"));
    // In the middle of a letter.
    let cut = second.iter().position(|byte| !byte.is_ascii()).expect("a letter") + 1;
    let end = b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let (before, after) = second.split_at(cut);
    let steps = vec![
        Step::Send(first),
        Step::Send(before.to_vec()),
        Step::Wait(gate.clone()),
        Step::Send(after.to_vec()),
        Step::Send(end.to_vec()),
    ];
    app.stub.next("*", Reply::sse_raw(steps));
    window.press("Send").await;
    window.sees("Because of Rayleigh").await;
    window.sees("Stop").await;
    assert_eq!(window.text_of(".answer-text").await.trim(), "Because of Rayleigh");
    gate.open();
    window.sees("Because of Rayleigh, 因为散射").await;
    window.sees("Whole answer").await;
    window.picture("playground-answered").await;
}

async fn a_stopped_answer_ends_upstream(app: &TestApp, window: &Window) {
    let hold = Step::Wait(Gate::new());
    app.stub.next("*", Reply::sse_raw(vec![Step::Send(words("Once upon")), hold]));
    window.press("Send").await;
    window.sees("Once upon").await;
    window.press("Stop").await;
    window.sees("Stopped.").await;
    in_time("the upstream knows", app.stub.aborted(1)).await;
}

async fn a_session_that_is_over_leads_to_the_sign_in(app: &TestApp, window: &Window) {
    window.go("/user#account").await;
    window.sees(ANN).await;
    app.app.clock.advance(8 * DAY);
    window.reload().await;
    window.is_at("/?next=%2Fuser%23account").await;
    window.fill("E-mail address", ANN).await;
    window.fill("Password", PASSWORD).await;
    window.press("Sign in").await;
    // Back to where it ended.
    window.is_at("/user#account").await;
    window.sees(ANN).await;
}

async fn who_deletes_an_account_is_told_what_stays(window: &Window) {
    window.press("Delete account").await;
    window.sees("For 90 days a keyed hash of your address stays").await;
    window.picture("delete-account").await;
    window.run("document.cookie = 'pool_language=zh-CN; path=/'", &[]).await;
    window.reload().await;
    window.press("删除账号").await;
    window.sees("带密钥哈希保留 90 天").await;
    window.picture("delete-account-zh").await;
}
