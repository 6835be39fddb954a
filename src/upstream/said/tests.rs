//! Errors as upstreams word them, and what is kept of each.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const KEY: &[u8] = b"abc123.XyZ-leased";

fn kept(body: &str) -> Option<(String, String)> {
    let said = Said::in_body(body)?.cleaned(KEY, b"{}")?;
    Some((said.code, said.message))
}

#[test]
fn each_shape_of_error_is_read() {
    let shapes = [
        (
            r#"{"error":{"message":"no credit","type":"billing","code":"insufficient_quota"}}"#,
            "insufficient_quota",
            "no credit",
        ),
        (r#"{"error":{"message":"slow down","code":429}}"#, "429", "slow down"),
        (
            r#"{"error":{"message":"slow down","type":"rate_limit_error","code":null}}"#,
            "rate_limit_error",
            "slow down",
        ),
        (r#"{"error":"model is loading"}"#, "", "model is loading"),
        (r#"[{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}]"#, "400", "bad"),
        (r#"{"error":{"status":"PERMISSION_DENIED"}}"#, "PERMISSION_DENIED", ""),
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            "overloaded_error",
            "Overloaded",
        ),
        (r#"{"message":"gone","code":"not_found"}"#, "not_found", "gone"),
        (r#"{"error":{"message":" two\nlines "}}"#, "", "two lines"),
    ];
    for (body, code, message) in shapes {
        assert_eq!(kept(body), Some((code.to_owned(), message.to_owned())), "{body}");
    }
    for body in ["", "<html>busy</html>", "{}", "[]", "null", r#"{"error":{}}"#, r#"{"error":""}"#]
    {
        assert_eq!(kept(body), None, "{body}");
    }
    let said = Said::inside(r#"{"message":"broke","code":500}"#).unwrap();
    assert_eq!((said.code.as_str(), said.message.as_str()), ("500", "broke"));
}

#[test]
fn nothing_else_of_an_answer_is_kept() {
    let body = json!({
        "error": {"message": "bad", "code": "x", "metadata": {"raw": "canary"}, "param": "canary"},
        "request": "canary", "choices": [{"message": {"content": "canary"}}],
    });
    assert_eq!(kept(&body.to_string()), Some(("x".to_owned(), "bad".to_owned())));
}

#[test]
fn keys_are_cut_out() {
    let words = [
        ("key abc123.XyZ-leased is spent", "key [key] is spent"),
        ("key [key]************ is spent", "key [key] is spent"),
        ("Incorrect API key provided: sk-abc***wxyz.", "Incorrect API key provided: [key]"),
        ("Authorization: Bearer short, thanks", "Authorization: Bearer [key], thanks"),
        ("no user 0123456789abcdef0123456789abcdef here", "no user [key] here"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.e30.x", "jwt [key]"),
        (
            "model Qwen3-Coder-480B-A35B-Instruct-FP8 is not there",
            "model Qwen3-Coder-480B-A35B-Instruct-FP8 is not there",
        ),
        (
            "request 019aaf3b-ffff-7000-8000-000000000000",
            "request 019aaf3b-ffff-7000-8000-000000000000",
        ),
        (
            "meta-llama/llama-3.2-90b-vision-instruct: overloaded",
            "meta-llama/llama-3.2-90b-vision-instruct: overloaded",
        ),
    ];
    for (message, left) in words {
        let body = json!({"error": {"message": message}}).to_string();
        assert_eq!(kept(&body), Some((String::new(), left.to_owned())), "{message}");
    }
    let body = json!({"error": {"message": "x", "code": "abc123.XyZ-leased"}}).to_string();
    assert_eq!(kept(&body), Some((String::new(), "x".to_owned())));
}

#[test]
fn long_messages_are_shortened_after_keys_were_cut_out() {
    let message = format!("{} sk-012345678901234567890123", "long ".repeat(59));
    let (_, kept) = kept(&json!({"error": message}).to_string()).unwrap();
    assert!(kept.chars().count() <= MESSAGE_MAX && !kept.contains("sk-"), "{kept}");
    let said = Said::in_body(&json!({"error": "wörd ".repeat(100)}).to_string()).unwrap();
    let blindly = said.cleaned_blindly(KEY).unwrap().message;
    assert!(blindly.chars().count() <= REPEATED_MAX && blindly.ends_with('…'), "{blindly}");
}

#[test]
fn what_repeats_the_request_is_dropped() {
    let prompt = "Tell nobody\nthat \"Grüße\" is the 密码 of the vault in the cellar";
    let request = json!({"model": "m", "messages": [{"role": "user", "content": prompt}]});
    let clean = |message: &str, request: &str| {
        let said = Said { code: "bad".to_owned(), message: message.to_owned() };
        said.cleaned(KEY, request.as_bytes()).unwrap().message
    };
    let escaped: String = request
        .to_string()
        .chars()
        .map(|c| match c {
            'ü' => "\\u00fc".to_owned(),
            '密' => "\\u5bc6".to_owned(),
            c => c.to_string(),
        })
        .collect();
    for request in [request.to_string(), escaped] {
        for message in
            [prompt.to_owned(), format!("can't parse: {prompt}"), format!("{prompt} <- here")]
        {
            assert_eq!(clean(&message, &request), "", "{message}");
        }
        let short = "can't parse: Tell nobody that \"Grüße\"";
        assert_eq!(clean(short, &request), short);
    }
}

#[test]
fn the_fortieth_character_decides() {
    let prompt = "abcdefghijklmnopqrstuvwxyz, abcdefghijklmnopqrstuvwxyz";
    let request = json!({"messages": [{"content": prompt}]}).to_string();
    for start in 0..14 {
        let part = |chars| prompt.chars().skip(start).take(chars).collect::<String>();
        for (chars, repeats) in [(39, false), (40, true)] {
            let message = format!("#{}#", part(chars));
            let found = repeats::shares_more_than(REPEATED_MAX, &message, request.as_bytes());
            assert_eq!(found, repeats, "{start} {chars}");
        }
    }
}

proptest! {
    /// Wherever a prompt is repeated, in whichever script, none of it is kept.
    #[test]
    fn no_part_of_a_prompt_is_kept(
        prompt in "[a-z äß密\"\\\\\n]{60,200}",
        from in 0_usize..20,
        before in "[A-Z ]{0,30}",
        after in "[A-Z ]{0,30}",
    ) {
        let request = json!({"messages": [{"content": prompt}]}).to_string();
        let part: String = prompt.chars().skip(from).take(40).collect();
        let part = part.trim().to_owned();
        prop_assume!(part.chars().count() == 40);
        let said = Said { code: String::new(), message: format!("{before}{part}{after}") };
        prop_assert_eq!(said.cleaned(KEY, request.as_bytes()), None);
    }

    #[test]
    fn nothing_that_upstreams_say_breaks_it(body in any::<String>(), request in any::<Vec<u8>>()) {
        for said in [Said::in_body(&body), Said::inside(&body)].into_iter().flatten() {
            let said = said.cleaned(KEY, &request);
            prop_assert!(said.is_none_or(|said| said.message.chars().count() <= MESSAGE_MAX));
        }
        let said = Said { code: body.clone(), message: body };
        let kept = said.cleaned(KEY, &request);
        prop_assert!(kept.is_none_or(|said| said.message.chars().count() <= MESSAGE_MAX));
    }
}
