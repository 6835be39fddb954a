//! Which limits a probe's answer tells as spent.

use serde_json::{Value, json};

use super::{NOW, cool};
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Scope, Until, Verdict};
use crate::provider::{Kind, spent};

fn told(kind: Kind, answer: &Value) -> Verdict {
    spent::verdict(kind, answer, NOW)
}

fn windows(session: f64, weekly: f64, purchased: f64) -> Value {
    json!({
        "included": {
            "session": {"remaining_percent": session, "resets_at": "2026-11-19T12:00:00Z"},
            "weekly": {"remaining_percent": weekly, "resets_at": "2026-11-23T00:00:00Z"},
        },
        "purchased": {"balance_usd": purchased},
    })
}

fn at(text: &str) -> Until {
    let moment = chrono::DateTime::parse_from_rfc3339(text).unwrap();
    Until::At(Millis(moment.timestamp_millis()))
}

#[test]
fn ollamas_balance_tells_the_window_and_its_end() {
    assert_eq!(told(Kind::Ollama, &windows(50.0, 30.0, 0.0)), Verdict::SUCCESS);
    assert_eq!(told(Kind::Ollama, &windows(0.0, 0.0, 3.5)), Verdict::SUCCESS, "bought");
    let session =
        Verdict::new(cool(Scope::Account, at("2026-11-19T12:00:00Z")), Reason::SessionLimit);
    assert_eq!(told(Kind::Ollama, &windows(1.5, 30.0, 0.0)), session);
    let weekly =
        Verdict::new(cool(Scope::Account, at("2026-11-23T00:00:00Z")), Reason::WeeklyLimit);
    assert_eq!(told(Kind::Ollama, &windows(0.0, 2.0, 0.0)), weekly, "the longer wait");
}

#[test]
fn ollamas_allowance_is_money_for_a_period() {
    let balance = |left: f64, purchased: f64| {
        json!({
            "included": {"balance_usd": left, "allowance_usd": 20.0,
                "period": {"from": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}},
            "purchased": {"balance_usd": purchased},
        })
    };
    assert_eq!(told(Kind::Ollama, &balance(12.0, 0.0)), Verdict::SUCCESS);
    assert_eq!(told(Kind::Ollama, &balance(0.0, 1.0)), Verdict::SUCCESS);
    let spent =
        Verdict::new(cool(Scope::Account, at("2026-12-01T00:00:00Z")), Reason::MonthlyLimit);
    assert_eq!(told(Kind::Ollama, &balance(0.1, 0.0)), spent);
    // Unknown is unknown, never spent.
    for odd in [json!({}), json!({"included": {"balance_usd": 0}}), json!([]), json!(null)] {
        assert_eq!(told(Kind::Ollama, &odd), Verdict::SUCCESS, "{odd}");
    }
}

#[test]
fn openrouters_key_tells_what_its_owner_allows() {
    let key = |remaining: Value, reset: Value| json!({"data": {"limit": 5, "limit_remaining": remaining, "limit_reset": reset}});
    for free in [json!(null), json!(0.5)] {
        assert_eq!(told(Kind::OpenRouter, &key(free, json!("daily"))), Verdict::SUCCESS);
    }
    let hour = Until::At(NOW.plus_secs(3_600));
    for (reset, until) in [
        (json!("daily"), at("2026-11-20T00:00:00Z")),
        (json!("weekly"), at("2026-11-23T00:00:00Z")),
        (json!("monthly"), at("2026-12-01T00:00:00Z")),
        (json!(null), hour),
    ] {
        let expected = Verdict::new(cool(Scope::Key, until), Reason::KeyLimit);
        assert_eq!(told(Kind::OpenRouter, &key(json!(0), reset.clone())), expected, "{reset}");
        assert_eq!(told(Kind::OpenRouter, &key(json!(-0.2), reset)), expected);
    }
}
