//! Recovery codes: each stands in for a code of the second factor, once.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use ollama_api_pool::db::schema::totp_recovery_codes as r;
use ollama_api_pool::with_conn;
use serde_json::json;

use super::second_factor::Device;
use super::{Person, post, refusal, session_of, sign_up};
use crate::support::{Answer, TestApp, both_stores, canary};

const ANN: &str = "ann@example.org";

async fn sign_in(app: &TestApp, person: &Person, code: &str) -> Answer {
    let body = json!({"email": person.email, "password": person.password, "totp": code});
    post(app, "login", &body).await
}

async fn left(app: &TestApp, person: &Person) -> i64 {
    person.get(app, "totp").await.json()["recoveryCodesLeft"].as_i64().expect("a number")
}

/// The codes in an answer, which nobody else may show.
pub fn codes(answer: &Answer) -> Vec<String> {
    let codes = answer.json()["recoveryCodes"].clone();
    let codes: Vec<String> = serde_json::from_value(codes).expect("codes");
    codes.iter().for_each(|code| canary::release(code));
    codes
}

fn wrong() -> (u16, String) {
    (401, "totp_wrong".to_owned())
}

both_stores! {
    async fn each_opens_once(app) {
        let ann = sign_up(&app, ANN).await;
        let (_, codes) = Device::set_up_with_codes(&app, &ann).await;
        assert_eq!((codes.iter().collect::<BTreeSet<_>>().len(), left(&app, &ann).await), (10, 10));
        let first = sign_in(&app, &ann, &codes[0]).await;
        assert_eq!(first.status, 200, "{}", first.text());
        session_of(&first);
        assert_eq!(app.mail_to(ANN).await.subject, "A recovery code of yours was used");
        assert_eq!(refusal(&sign_in(&app, &ann, &codes[0]).await), wrong(), "a replay");
        assert_eq!(left(&app, &ann).await, 9);
        let loud = codes[1].to_uppercase().replace('-', " ");
        session_of(&sign_in(&app, &ann, &loud).await);
        assert_eq!(refusal(&sign_in(&app, &ann, &codes[1]).await), wrong());
        assert_eq!(left(&app, &ann).await, 8);
        // At the dialog of sudo, too.
        assert_eq!(ann.post(&app, "sudo", &json!({"code": codes[2]})).await.status, 200);
        assert_eq!(refusal(&ann.post(&app, "sudo", &json!({"code": codes[2]})).await), wrong());
        assert_eq!(left(&app, &ann).await, 7);
    }

    async fn of_many_at_once_one_uses_a_code(app, ["--bcrypt-cost=4"]) {
        let ann = sign_up(&app, ANN).await;
        let (_, codes) = Device::set_up_with_codes(&app, &ann).await;
        let tries = (0..8).map(|_| sign_in(&app, &ann, &codes[0]));
        let answers = join_all(tries).await;
        let opened: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(opened.len(), 1);
        session_of(opened[0]);
        assert_eq!(left(&app, &ann).await, 9);
    }

    async fn new_ones_take_the_place_of_the_old(app) {
        let ann = sign_up(&app, ANN).await;
        assert_eq!(ann.post(&app, "totp/recovery-codes", &json!({})).await.status, 404, "of nothing");
        let (device, old) = Device::set_up_with_codes(&app, &ann).await;
        let refused = ann.post(&app, "totp/recovery-codes", &json!({})).await;
        assert_eq!(refusal(&refused), (403, "sudo_required".into()));
        assert_eq!(ann.post(&app, "sudo", &json!({"code": device.next_code(&app)})).await.status, 200);
        let made = ann.post(&app, "totp/recovery-codes", &json!({})).await;
        assert_eq!((made.status, made.header("cache-control")), (200, Some("no-store")));
        let new = codes(&made);
        assert_eq!((new.len(), left(&app, &ann).await), (10, 10));
        assert_eq!(refusal(&sign_in(&app, &ann, &old[0]).await), wrong());
        session_of(&sign_in(&app, &ann, &new[0]).await);
        // They end with the second factor.
        let off = ann.post(&app, "totp/disable", &json!({"code": new[1]})).await;
        assert_eq!(off.status, 200, "{}", off.text());
        assert_eq!(left(&app, &ann).await, 0);
        app.app.clock.advance(Duration::from_secs(60));
        let (_, other) = Device::set_up_with_codes(&app, &ann).await;
        assert_eq!(refusal(&sign_in(&app, &ann, &new[2]).await), wrong());
        session_of(&sign_in(&app, &ann, &other[0]).await);
    }

    async fn only_their_hashes_are_stored(app) {
        let ann = sign_up(&app, ANN).await;
        let (_, codes) = Device::set_up_with_codes(&app, &ann).await;
        let mut conn = app.app.database.get().await.expect("a connection");
        let stored: Vec<String> =
            with_conn!(&mut conn, |conn| r::table.select(r::code_hash).load(conn).await).expect("rows");
        assert_eq!(stored.len(), 10);
        for code in &codes {
            let bare = code.replace('-', "");
            assert!(stored.iter().all(|hash| hash.len() == 64 && !hash.contains(&bare)));
        }
    }

    async fn guesses_at_them_count_with_those_at_codes(app, ["--bcrypt-cost=4"]) {
        let ann = sign_up(&app, ANN).await;
        let (device, codes) = Device::set_up_with_codes(&app, &ann).await;
        for n in 0..10 {
            let guess = if n % 2 == 0 { "0".repeat(30) } else { "000000".to_owned() };
            assert_eq!(sign_in(&app, &ann, &guess).await.status, 401);
        }
        assert_eq!(refusal(&sign_in(&app, &ann, &codes[0]).await), (429, "rate_limited".into()));
        let code = device.next_code(&app);
        assert_eq!(refusal(&sign_in(&app, &ann, &code).await), (429, "rate_limited".into()));
        assert_eq!(left(&app, &ann).await, 10);
    }
}
