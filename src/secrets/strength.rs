//! Whether a secret that an operator gives looks like one that nobody can guess.

use std::collections::BTreeSet;

use anyhow::bail;

/// Values that stand in examples, guides and other projects' defaults begin so.
const PLACEHOLDERS: [&str; 12] = [
    "your-",
    "your_",
    "change",
    "<",
    "replace",
    "xxx",
    "example",
    "placeholder",
    "password",
    "secret",
    "default",
    "token",
];

/// The fewest characters: as many bytes as the hash that signs with `AUTH_SECRET` has (RFC 7518,
/// 3.2). 32 random hexadecimal digits are 128 bits.
const LENGTH_MIN: usize = 32;

/// The fewest different characters. Of 32 random hexadecimal digits one in a hundred thousand million
/// has fewer.
const DIFFERENT_MIN: usize = 8;

/// Refuses a secret that is too short, a placeholder, or doesn't look random. The error names the
/// setting and how to make a good one, and never the value.
pub fn check(name: &str, secret: &str) -> anyhow::Result<()> {
    const MAKE: &str = "make one with `openssl rand -hex 32`";
    let plain = secret.to_ascii_lowercase();
    if PLACEHOLDERS.iter().any(|start| plain.starts_with(start)) {
        bail!("{name}: this is a placeholder; {MAKE}");
    }
    if secret.chars().count() < LENGTH_MIN {
        bail!("{name}: must have at least {LENGTH_MIN} random characters; {MAKE}");
    }
    if !looks_random(&plain) {
        bail!("{name}: must be random, not a pattern that can be guessed; {MAKE}");
    }
    Ok(())
}

fn looks_random(secret: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    let different: BTreeSet<&char> = characters.iter().collect();
    different.len() >= DIFFERENT_MIN && !repeats(&characters) && !runs_on(&characters)
}

/// Whether it is one short piece again and again.
fn repeats(characters: &[char]) -> bool {
    (1..=characters.len() / 4).any(|period| {
        let later = characters.iter().skip(period);
        characters.iter().zip(later).all(|(one, next)| one == next)
    })
}

/// Whether nearly every character is the one after the one before it, as in an alphabet.
fn runs_on(characters: &[char]) -> bool {
    let pairs = characters.iter().zip(characters.iter().skip(1));
    let steps = pairs.filter(|(one, next)| u32::from(**one) + 1 == u32::from(**next)).count();
    steps * 10 >= characters.len() * 8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::check;

    #[test]
    fn what_can_be_guessed_is_refused() {
        for weak in [
            "",
            "aaaaaaaa",
            "changeme",
            "a-good-but-short-one-0123456789",
            &"0".repeat(64),
            &"ab".repeat(20),
            &"12345678".repeat(4),
            "abcdefghijklmnopqrstuvwxyz012345",
            "your-secret-of-at-least-32-characters",
            "Password-password-Password-passwo",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaabcdefg",
        ] {
            let error = check("ADMIN_TOKEN", weak).expect_err(weak).to_string();
            assert!(error.contains("ADMIN_TOKEN") && error.contains("openssl rand"), "{error}");
            assert!(weak.is_empty() || !error.contains(weak), "{error}");
        }
    }

    proptest! {
        #[test]
        fn random_ones_are_taken(secret in prop_oneof!["[0-9a-f]{48,64}", "[A-Za-z0-9+/]{32,44}"]) {
            // Of these lengths fewer than eight different characters don't come up.
            prop_assume!(!super::PLACEHOLDERS.iter().any(|it| secret.to_lowercase().starts_with(it)));
            prop_assert!(check("AUTH_SECRET", &secret).is_ok());
        }
    }
}
