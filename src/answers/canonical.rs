//! What JSON means, as a hash: the same whatever the order of names, blanks and the spelling of
//! numbers and strings. Pure.
//!
//! It is read once, and no tree is built: values are hashed as they come, and of an object under
//! way only the names and a hash for each field are kept, to be put in order.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use sha2::{Digest, Sha256};

/// Whole numbers beyond this are not told apart by all who read JSON.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// The hash of this JSON; `None` for what is none, and where two different values would have the
/// same: a name that stands twice, and numbers that can't be told from others.
pub fn hash(json: &[u8]) -> Option<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut reader = serde_json::Deserializer::from_slice(json);
    Hashing(&mut hasher).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(hasher.finalize().into())
}

/// Hashes one value into this. What it writes says where it ends.
struct Hashing<'a>(&'a mut Sha256);

impl Hashing<'_> {
    fn add(self, kind: u8, bytes: &[u8]) {
        self.0.update([kind]);
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }
}

impl<'de> DeserializeSeed<'de> for Hashing<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Hashing<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.add(b'0', b"");
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.add(b'b', &[value.into()]);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.add(b'n', value.to_string().as_bytes());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.add(b'n', value.to_string().as_bytes());
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let text = spelled(value).ok_or_else(|| E::custom("a number like others"))?;
        self.add(b'n', text.as_bytes());
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.add(b's', value.as_bytes());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.update(b"[");
        while items.next_element_seed(Hashing(self.0))?.is_some() {}
        self.0.update(b"]");
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut fields: Vec<(Cow<'de, str>, [u8; 32])> = Vec::new();
        while let Some(name) = entries.next_key::<Name<'de>>()? {
            let mut hasher = Sha256::new();
            entries.next_value_seed(Hashing(&mut hasher))?;
            fields.push((name.0, hasher.finalize().into()));
        }
        fields.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        if fields.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
            return Err(A::Error::custom("a name stands twice"));
        }
        self.0.update(b"{");
        for (name, value) in fields {
            Hashing(self.0).add(b's', name.as_bytes());
            self.0.update(value);
        }
        self.0.update(b"}");
        Ok(())
    }
}

/// The name of a field, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// One spelling for each number; `None` where others have it, too.
fn spelled(number: f64) -> Option<String> {
    if number.abs() >= EXACT_MAX {
        return None;
    }
    if number.fract() != 0.0 {
        return Some(number.to_string());
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
    let whole = number as i64;
    Some(whole.to_string())
}
