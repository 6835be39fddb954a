//! Secrets stay secret, and come back.

use proptest::prelude::*;

use super::{Vault, VaultError, mask};

const OLD: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const NEW: &str = "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

proptest! {
    #[test]
    fn what_is_sealed_can_be_opened_and_shows_nothing(secret in "[!-~]{8,80}") {
        let vault = Vault::parse(OLD).unwrap();
        let sealed = vault.seal("a", &secret).unwrap();
        prop_assert!(!sealed.sealed.contains(&secret));
        prop_assert_eq!(vault.open("a", &sealed), Ok(secret.clone()));
        prop_assert_eq!(vault.open("b", &sealed), Err(VaultError::Damaged));
        prop_assert_ne!(vault.seal("a", &secret).unwrap().sealed, sealed.sealed, "nonces differ");
    }

    #[test]
    fn a_mask_shows_little_and_of_short_secrets_nothing(secret in "\\PC{0,60}") {
        let shown = mask(&secret).chars().filter(|c| *c != '…').count();
        let most = if secret.chars().count() < 16 { 0 } else { 8 };
        prop_assert!(shown <= most);
    }
}

#[test]
fn an_older_key_still_opens_and_finds() {
    let old = Vault::parse(OLD).unwrap();
    let sealed = old.seal("a", "sk-secret").unwrap();
    let both = Vault::parse(&format!("{NEW}, {OLD}")).unwrap();
    assert_eq!(both.open("a", &sealed), Ok("sk-secret".to_owned()));
    assert!(both.fingerprints("sk-secret").contains(&old.fingerprint("sk-secret")));
    assert_ne!(both.seal("a", "sk-secret").unwrap().sealed_with, sealed.sealed_with);
    let new = Vault::parse(NEW).unwrap();
    assert_eq!(new.open("a", &sealed), Err(VaultError::UnknownKey(sealed.sealed_with.clone())));
}

#[test]
fn keys_change_while_in_use() {
    let vault = Vault::parse(OLD).unwrap();
    let (before, found) = (vault.seal("a", "sk-secret").unwrap(), vault.fingerprint("sk-secret"));
    assert_eq!(vault.change("nonsense"), Err(VaultError::Key));
    assert_eq!(vault.seal("a", "sk-secret").unwrap().sealed_with, before.sealed_with);
    vault.change(&format!("{NEW},{OLD}")).unwrap();
    assert_eq!(vault.open("a", &before), Ok("sk-secret".to_owned()));
    assert!(vault.fingerprints("sk-secret").contains(&found));
    let after = vault.seal("a", "sk-secret").unwrap();
    assert_eq!(vault.key_ids(), [after.sealed_with.clone(), before.sealed_with.clone()]);
    vault.change(NEW).unwrap();
    assert_eq!(vault.open("a", &after), Ok("sk-secret".to_owned()));
    assert_eq!(vault.open("a", &before), Err(VaultError::UnknownKey(before.sealed_with.clone())));
}

#[test]
fn only_whole_keys_are_taken() {
    for bad in ["", "abc", &OLD[..62], "zz", &format!("{OLD},")] {
        assert_eq!(Vault::parse(bad).err(), Some(VaultError::Key), "{bad}");
    }
}
