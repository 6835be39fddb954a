use serde_json::{Value, json};

use super::Action;
use super::answer::{Expected, Outcome, judge};

fn judged(success: bool, answer: &Value) -> Outcome {
    let hostnames = ["pool.example.org".to_owned(), "localhost".to_owned()];
    let expected = Expected::Just { action: Action::Login, hostnames: &hostnames };
    judge(expected, success, answer.to_string().as_bytes())
}

fn good() -> Value {
    json!({
        "success": true, "error-codes": [], "challenge_ts": "2026-11-25T10:00:00.096Z",
        "hostname": "pool.example.org", "action": "login", "cdata": "",
    })
}

/// The good answer with one field otherwise.
fn with(field: &str, value: Value) -> Value {
    let mut answer = good();
    answer[field] = value;
    answer
}

fn without(field: &str) -> Value {
    let mut answer = good();
    answer.as_object_mut().unwrap().remove(field);
    answer
}

#[test]
fn only_a_yes_for_this_action_and_a_host_of_ours_passes() {
    assert_eq!(judged(true, &good()), Outcome::Passed);
    assert_eq!(judged(true, &with("hostname", json!("LocalHost"))), Outcome::Passed);
    assert_eq!(judged(true, &without("error-codes")), Outcome::Passed);
    for action in [json!("register"), json!("LOGIN"), json!("login "), json!(""), json!(null)] {
        assert_eq!(judged(true, &with("action", action.clone())), Outcome::Refused, "{action}");
    }
    assert_eq!(judged(true, &without("action")), Outcome::Refused);
    let hosts = ["example.org", "evil-pool.example.org", "pool.example.org.evil.net", "", "*"];
    for host in hosts {
        assert_eq!(judged(true, &with("hostname", json!(host))), Outcome::Elsewhere, "{host}");
    }
    assert_eq!(judged(true, &without("hostname")), Outcome::Elsewhere);
}

#[test]
fn a_no_is_told_from_a_fault_of_ours_and_of_theirs() {
    for (code, outcome) in [
        ("missing-input-response", Outcome::Refused),
        ("invalid-input-response", Outcome::Refused),
        ("timeout-or-duplicate", Outcome::Refused),
        ("bad-request", Outcome::Refused),
        ("a-code-of-tomorrow", Outcome::Refused),
        ("missing-input-secret", Outcome::BadSecret),
        ("invalid-input-secret", Outcome::BadSecret),
        ("internal-error", Outcome::Unclear),
    ] {
        let no = json!({"success": false, "error-codes": [code]});
        assert_eq!((judged(true, &no), judged(false, &no)), (outcome, outcome), "{code}");
    }
    assert_eq!(judged(true, &json!({"success": false})), Outcome::Refused);
}

#[test]
fn what_is_no_clear_yes_is_none() {
    assert_eq!(judged(false, &good()), Outcome::Unclear);
    assert_eq!(judged(true, &with("error-codes", json!(["bad-request"]))), Outcome::Unclear);
    for success in [json!("true"), json!(1), json!(null)] {
        assert_eq!(judged(true, &with("success", success)), Outcome::Unclear);
    }
    assert_eq!(judged(true, &without("success")), Outcome::Unclear);
    for body in ["", "true", "[]", "<html>Welcome</html>", r#"{"success":true"#] {
        assert_eq!(judge(Expected::Anything, true, body.as_bytes()), Outcome::Unclear, "{body}");
    }
}

#[test]
fn a_test_secret_compares_no_names_and_is_no_yes_by_itself() {
    let seen = json!({"success": true, "hostname": "example.com", "error-codes": []});
    assert_eq!(judge(Expected::Anything, true, seen.to_string().as_bytes()), Outcome::Passed);
    let no = json!({"success": false, "error-codes": ["invalid-input-response"]});
    assert_eq!(judge(Expected::Anything, true, no.to_string().as_bytes()), Outcome::Refused);
    let testing = json!({
        "success": true, "hostname": "example.com", "error-codes": [],
        "metadata": {"result_with_testing_key": true},
    });
    assert_eq!(judged(true, &testing), Outcome::Elsewhere, "the secret decides, not the answer");
}
