//! The daily check-in.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Person, chat, refusal, sign_up};
use crate::support::{TestApp, both_stores};

const ANN: &str = "ann@example.org";
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

async fn sign(app: &TestApp, person: &Person) -> Value {
    let answer = person.post(app, "sign", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a moment").parse().expect("RFC 3339")
}

async fn end(app: &TestApp, person: &Person) -> DateTime<Utc> {
    moment(&person.profile(app).await["keyExpiresAt"])
}

async fn set(app: &TestApp, settings: Value) {
    assert_eq!(app.admin("PATCH", "/admin/settings", &settings).await.status, 200);
}

/// To one o'clock of the next day, so that a test's few hours don't meet midnight.
fn to_one_o_clock(app: &TestApp) {
    let now = app.app.clock.now().0;
    let day = 86_400_000;
    let one = (now.div_euclid(day) + 1) * day + 3_600_000;
    app.app.clock.advance(Duration::from_millis((one - now).unsigned_abs()));
}

both_stores! {
    async fn a_check_in_extends_the_key_once_a_day(app) {
        to_one_o_clock(&app);
        let ann = sign_up(&app, ANN).await;
        let before = end(&app, &ann).await;
        assert_eq!(ann.profile(&app).await["signedToday"], false);
        let signed = sign(&app, &ann).await;
        assert_eq!((&signed["streak"], &signed["hours"]), (&json!(1), &json!(24)));
        assert_eq!(moment(&signed["keyExpiresAt"]), before + TimeDelta::hours(24));
        assert_eq!(end(&app, &ann).await, before + TimeDelta::hours(24));
        assert_eq!(ann.profile(&app).await["signedToday"], true);
        let again = ann.post(&app, "sign", &json!({})).await;
        assert_eq!(refusal(&again), (409, "already_signed".into()));
        let secs: u64 = again.header("retry-after").expect("when").parse().expect("seconds");
        assert!(secs <= 23 * 3600 && secs > 22 * 3600, "{secs}");
        app.app.clock.advance(Duration::from_secs(secs));
        assert_eq!(sign(&app, &ann).await["streak"], 2);
    }

    async fn two_hundred_clicks_are_one_check_in(app) {
        to_one_o_clock(&app);
        let ann = sign_up(&app, ANN).await;
        let before = end(&app, &ann).await;
        let clicks = (0..200).map(|_| async { ann.post(&app, "sign", &json!({})).await.status });
        let statuses = futures_util::future::join_all(clicks).await;
        let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((count(200), count(409)), (1, 199), "{statuses:?}");
        assert_eq!(end(&app, &ann).await, before + TimeDelta::hours(24), "one extension");
        assert_eq!(ann.get(&app, "signins").await.json()["total"], 1, "one row");
    }

    async fn an_ended_key_is_good_again(app) {
        app.add_key("sk-upstream-0000001").await;
        let ann = sign_up(&app, ANN).await;
        let key = ann.key(&app).await;
        app.app.clock.advance(3 * DAY + HOUR);
        assert_eq!(chat(&app, &key).await, (401, "token_expired".into()));
        let now = app.app.clock.now().naive().and_utc();
        let signed = sign(&app, &ann).await;
        let end = moment(&signed["keyExpiresAt"]);
        assert!((end - now - TimeDelta::hours(24)).abs() < TimeDelta::minutes(5), "from now on: {end}");
        assert_eq!(chat(&app, &key).await.0, 200);
    }

    async fn the_rule_is_a_setting(app) {
        to_one_o_clock(&app);
        set(&app, json!({"check_in_hours": 10, "check_in_cap_hours": 90, "check_in_streak_days": 2,
            "check_in_streak_hours": 5})).await;
        let ann = sign_up(&app, ANN).await;
        let began = app.app.clock.now().naive().and_utc();
        assert_eq!(sign(&app, &ann).await["hours"], 10);
        app.app.clock.advance(DAY);
        let second = sign(&app, &ann).await;
        assert_eq!((&second["hours"], &second["streak"]), (&json!(15), &json!(2)));
        // 72 + 10 + 15 hours, of which a day has passed.
        let wanted = began + TimeDelta::hours(97);
        assert!((moment(&second["keyExpiresAt"]) - wanted).abs() < TimeDelta::minutes(5));
        set(&app, json!({"check_in_hours": 1000})).await;
        app.app.clock.advance(DAY);
        let capped = moment(&sign(&app, &ann).await["keyExpiresAt"]);
        let wanted = app.app.clock.now().naive().and_utc() + TimeDelta::hours(90);
        assert!((capped - wanted).abs() < TimeDelta::minutes(5), "{capped}");
    }

    async fn days_in_a_row_make_a_streak(app) {
        to_one_o_clock(&app);
        let ann = sign_up(&app, ANN).await;
        for streak in 1..=3 {
            assert_eq!(sign(&app, &ann).await["streak"], streak);
            app.app.clock.advance(DAY);
        }
        assert_eq!(ann.get(&app, "calendar").await.json()["streak"], 3, "while today is open");
        app.app.clock.advance(DAY);
        assert_eq!(ann.get(&app, "calendar").await.json()["streak"], 0);
        assert_eq!(sign(&app, &ann).await["streak"], 1);
        let calendar = ann.get(&app, "calendar").await.json();
        assert_eq!(calendar["longestStreak"], 3);
        assert_eq!((&calendar["total"], &calendar["signedToday"]), (&json!(4), &json!(true)));
        let today = calendar["today"].as_str().expect("a day");
        let days = calendar["days"].as_array().expect("days");
        assert_eq!(days.last().and_then(Value::as_str), Some(today));
        assert!(today.starts_with(calendar["month"].as_str().expect("a month")));
        for month in ["2026-13", "november", "2026"] {
            let answer = ann.get(&app, &format!("calendar?month={month}")).await;
            assert_eq!(answer.status, 422, "{month}");
        }
        let other = ann.get(&app, "calendar?month=2020-02").await.json();
        assert_eq!((&other["days"], &other["total"]), (&json!([]), &json!(4)));
    }

    async fn the_history_is_paged_with_a_true_total(app) {
        to_one_o_clock(&app);
        let ann = sign_up(&app, ANN).await;
        for _ in 0..5 {
            sign(&app, &ann).await;
            app.app.clock.advance(DAY);
        }
        let bob = sign_up(&app, "bob@example.org").await;
        sign(&app, &bob).await;
        // Seven days have not passed for Ann's session; its first page, and its last.
        let page = ann.get(&app, "signins?page=1&limit=2").await.json();
        assert_eq!((&page["total"], &page["pageCount"]), (&json!(5), &json!(3)));
        assert_eq!((&page["hasNext"], &page["hasPrev"]), (&json!(true), &json!(false)));
        let days: Vec<&str> =
            page["items"].as_array().expect("items").iter().map(|item| item["signDay"].as_str().expect("a day")).collect();
        assert!(days.len() == 2 && days[0] > days[1], "newest first: {days:?}");
        let last = ann.get(&app, "signins?page=3&limit=2").await.json();
        assert_eq!(last["items"].as_array().map(Vec::len), Some(1));
        assert_eq!((&last["hasNext"], &last["hasPrev"]), (&json!(false), &json!(true)));
        let most = ann.get(&app, "signins?limit=1000").await.json();
        assert_eq!(most["limit"], 50);
    }
}
