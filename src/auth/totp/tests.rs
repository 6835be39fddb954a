use proptest::prelude::*;
use totp_rs::Secret;

use super::SecondFactor;
use crate::auth::Email;
use crate::clock::Millis;
use crate::vault::{Binding, Vault, VaultError};

/// The secret of RFC 6238, appendix B.
fn rfc() -> SecondFactor {
    SecondFactor::of(Secret::new_stack(*b"12345678901234567890")).unwrap()
}

fn vault() -> Vault {
    Vault::parse(&"0b".repeat(32)).unwrap()
}

fn at(secs: i64) -> Millis {
    Millis(secs * 1000)
}

/// The last six digits of the eight in RFC 6238, appendix B.
#[test]
fn codes_are_those_of_the_rfc() {
    for (secs, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(rfc().check(code, at(secs), 0), Some(secs / 30), "{secs}");
        assert_eq!(rfc().check(code, at(secs + 90), 0), None, "{secs}");
    }
    assert_eq!(rfc().check("050 471", at(1_111_111_111), 0), Some(37_037_037), "as apps show it");
    for odd in ["", "05047", "0504711", "+50471", "-50471", "٠٥٠٤٧١", "050471x", "5047１1"] {
        assert_eq!(rfc().check(odd, at(1_111_111_111), 0), None, "{odd}");
    }
    assert_eq!(rfc().check("755224", Millis(-1), -9), None, "before all time");
}

#[test]
fn a_code_is_good_for_a_step_around_its_own() {
    let ticks = [(-31, false), (-30, true), (0, true), (29, true), (30, true), (59, true)];
    // 050471 is the code of 1,111,111,110 to 1,111,111,139.
    for (secs, good) in ticks.into_iter().chain([(60, false)]) {
        let found = rfc().check("050471", at(1_111_111_110 + secs), 0);
        assert_eq!(found, good.then_some(37_037_037), "{secs}");
    }
}

#[test]
fn it_is_stored_sealed_and_shown_once() {
    let (made, vault) = (SecondFactor::make().unwrap(), vault());
    let sealed = made.seal(&vault, 7).unwrap();
    assert!(!sealed.sealed.contains(made.secret().as_str()));
    let again = SecondFactor::open(&vault, 7, &sealed).unwrap();
    assert_eq!(*again.secret(), *made.secret());
    assert_eq!(made.secret().len(), 32, "160 bits");
    assert_ne!(*made.secret(), *SecondFactor::make().unwrap().secret());
    let theirs = SecondFactor::open(&vault, 8, &sealed);
    assert!(matches!(theirs, Err(VaultError::Damaged)), "another user's");
    let other = vault.seal(&Binding::client_token("hash", Some(7)), &made.secret()).unwrap();
    assert!(matches!(SecondFactor::open(&vault, 7, &other), Err(VaultError::Damaged)));
    for odd in ["", "short", "MFRGG", "not base 32!"] {
        let sealed = vault.seal(&Binding::second_factor(7), odd).unwrap();
        assert!(SecondFactor::open(&vault, 7, &sealed).is_err(), "{odd}");
    }
}

#[test]
fn the_address_is_what_apps_read() {
    let email = Email::parse("ann+pool@example.org").unwrap();
    let url = rfc().url(&email).unwrap();
    let url = url::Url::parse(&url).unwrap();
    assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
    assert_eq!(url.path(), "/Ollama%20API%20Pool:ann%2Bpool%40example.org");
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let pair = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| &**value);
    assert_eq!(pair("secret"), Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
    assert_eq!(pair("issuer"), Some("Ollama API Pool"));
    // Left out are SHA1, 6 digits and 30 seconds, as everywhere.
    assert_eq!(pairs.len(), 2, "{pairs:?}");
}

proptest! {
    /// Whatever is tried when, the steps that open something only ever rise.
    #[test]
    fn no_code_is_good_twice(tries in prop::collection::vec((0_i64..300, -2_i64..=2), 1..60)) {
        let (factor, start) = (rfc(), 1_700_000_000);
        let mut last = 0;
        for (after, off) in tries {
            let now = start + after;
            let code = factor.0.generate(u64::try_from(now + off * 30).unwrap()).to_string();
            let step = factor.check(&code, at(now), last);
            let wanted = (now + off * 30) / 30;
            prop_assert_eq!(step, (off.abs() <= 1 && wanted > last).then_some(wanted));
            last = step.unwrap_or(last);
        }
    }

    #[test]
    fn nothing_panics(code in "\\PC*", now in any::<i64>(), last in any::<i64>()) {
        let step = rfc().check(&code, Millis(now), last);
        prop_assert!(step.is_none_or(|step| step > last));
    }
}
