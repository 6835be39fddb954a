//! However the text is cut, the key is never in what goes on, and everything else is.

use actix_web::http::header::{HeaderName, HeaderValue};
use bytes::Bytes;
use proptest::prelude::*;

use super::Redactor;

fn redactor(key: &str) -> Redactor {
    Redactor::new(&HeaderValue::from_str(&format!("Bearer {key}")).unwrap())
}

/// What goes on of this text, cut into pieces of these lengths.
fn passed(key: &str, text: &[u8], cuts: &[usize]) -> Vec<u8> {
    let (mut redactor, mut rest, mut on) = (redactor(key), text, Vec::new());
    for cut in cuts {
        let (piece, after) = rest.split_at(cut % (rest.len() + 1));
        on.extend(redactor.pass(Bytes::copy_from_slice(piece)));
        assert!(redactor.held() < 2 * key.len());
        rest = after;
    }
    on.extend(redactor.pass(Bytes::copy_from_slice(rest)));
    on.extend(redactor.rest());
    on
}

fn contains(text: &[u8], key: &str) -> bool {
    memchr::memmem::find(text, key.as_bytes()).is_some()
}

proptest! {
    #[test]
    fn the_key_never_passes(
        before in "[sk-]{0,12}", between in "[abks-]{0,12}", after in "[sk-]{0,12}",
        cuts in proptest::collection::vec(0_usize..20, 0..12),
    ) {
        let key = "sk-sk-ab-sk";
        let text = format!("{before}{key}{between}Bearer {key}{after}");
        let on = passed(key, text.as_bytes(), &cuts);
        prop_assert_eq!(on.len(), text.len());
        prop_assert!(!contains(&on, key));
        prop_assert_eq!(&on, &passed(key, text.as_bytes(), &[]));
    }

    #[test]
    fn everything_else_passes(text: Vec<u8>, cuts in proptest::collection::vec(0_usize..20, 0..12)) {
        prop_assume!(!contains(&text, "sk-12345"));
        prop_assert_eq!(passed("sk-12345", &text, &cuts), text);
    }
}

#[test]
fn nothing_is_held_back_that_can_be_no_beginning() {
    let mut redactor = redactor("sk-12345");
    let event = Bytes::from_static(b"data: {\"text\":\"sk-1234\"}\n\n");
    assert_eq!(redactor.pass(event.clone()), event);
    assert_eq!((redactor.held(), redactor.has_found()), (0, false));
    assert_eq!(redactor.pass(Bytes::from_static(b"x sk-1")), "x ");
    assert_eq!(redactor.pass(Bytes::from_static(b"2345 y s")), "[key]*** y ");
    assert_eq!((redactor.rest(), redactor.has_found()), (Bytes::from_static(b"s"), true));
}

#[test]
fn spellings_of_json_are_the_key_too() {
    let key = "a/b+c\"d\\e==";
    let mut text = br#"{"raw": "a\/b+c\"d\\e==", "plain": "a/b+c\"d\\e=="}"#.to_vec();
    let length = text.len();
    assert!(redactor(key).redact(&mut text));
    assert_eq!(text.len(), length);
    assert!(!contains(&text, "b+c"), "{}", String::from_utf8_lossy(&text));
}

#[test]
fn headers_are_looked_at() {
    let name = HeaderName::from_static("openai-version");
    let mut headers = vec![
        (name.clone(), HeaderValue::from_static("for sk-12345.")),
        (name, HeaderValue::from_static("1")),
    ];
    redactor("sk-12345").redact_headers(&mut headers);
    let values: Vec<_> = headers.iter().map(|(_, value)| value.to_str().unwrap()).collect();
    assert_eq!(values, ["for [key]***.", "1"]);
}

#[test]
fn characters_given_by_number_hide_no_key() {
    let key = "ab+cd/ef==";
    for spelled in ["ab\\u002Bcd\\u002Fef\\u003D\\u003D", "ab\\u002bcd\\u002fef\\u003d\\u003d"] {
        let text = format!("{{\"error\":\"wrong key {spelled}\"}}");
        let on = passed(key, text.as_bytes(), &[7, 12, 3]);
        assert_eq!(on.len(), text.len());
        assert!(!contains(&on, spelled), "{}", String::from_utf8_lossy(&on));
    }
}
