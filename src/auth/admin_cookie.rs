//! Cookies of browsers that have shown the admin token: a session's id, signed under the token's
//! hash. So such a session ends everywhere when the token is replaced, and what is not signed costs
//! the database no look.

use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What the key is for: the hash of the token is compared with others elsewhere.
const PURPOSE: &[u8] = b"session by admin token:";

/// Longer than any that is made here.
const LENGTH_MAX: usize = 120;

/// The cookie's value for the session with this id, begun by the token with this hash.
pub fn sign(token_hash: &[u8; 32], id: &str) -> Result<String, InvalidLength> {
    Ok(format!("{id}.{}", hex::encode(mac(token_hash, id)?.finalize().into_bytes())))
}

/// The session's id in a cookie's value, if it was signed under the token with this hash.
pub fn read<'a>(token_hash: &[u8; 32], value: &'a str) -> Option<&'a str> {
    let (id, signed) = value.split_once('.').filter(|_| value.len() <= LENGTH_MAX)?;
    let signed = hex::decode(signed).ok()?;
    // Compares in constant time.
    mac(token_hash, id).ok()?.verify_slice(&signed).ok()?;
    Some(id)
}

fn mac(token_hash: &[u8; 32], id: &str) -> Result<Hmac<Sha256>, InvalidLength> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(token_hash)?;
    Ok(mac.chain_update(PURPOSE).chain_update(id))
}

#[cfg(test)]
mod tests {
    use super::{read, sign};

    #[test]
    fn only_what_this_token_has_signed_is_read() {
        let value = sign(&[7; 32], "0123abcd").expect("a value");
        assert_eq!(read(&[7; 32], &value), Some("0123abcd"));
        assert_eq!(read(&[8; 32], &value), None, "another token");
        let (id, signed) = value.split_once('.').expect("parts");
        for odd in [
            format!("1{value}"),
            format!("{value}00"),
            format!("{id}."),
            format!(".{signed}"),
            signed.to_owned(),
            String::new(),
        ] {
            assert_eq!(read(&[7; 32], &odd), None, "{odd}");
        }
    }
}
