//! Keys of the chain: derived from the encryption keys, so that whoever has only the database can
//! make no row and no head.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::Millis;
use crate::models::audit::{AuditHead, AuditKey, AuditRow};
use crate::vault::{Binding, Sealed, Vault, VaultError};

/// Label under which the keys are derived.
const LABEL: &str = "audit-chain/v1";

/// One key of the chain.
#[derive(Clone)]
pub struct ChainKey {
    id: String,
    bytes: [u8; 32],
}

/// The keys of the chain. Has no `Debug`: nothing prints it.
pub struct ChainKeys {
    /// Under the configured encryption keys; the first makes new rows.
    configured: Vec<ChainKey>,
    /// Under encryption keys that were taken out. They tell whether old rows are right, and vouch for
    /// no head.
    retired: Vec<ChainKey>,
}

impl ChainKeys {
    /// The keys of the configured encryption keys.
    pub fn of(vault: &Vault) -> Self {
        let derived = vault.derived(LABEL).into_iter();
        let configured = derived.map(|(id, bytes)| ChainKey { id, bytes }).collect();
        Self { configured, retired: Vec::new() }
    }

    /// The same, and those of these rows that can be opened.
    pub fn with_retired(vault: &Vault, rows: &[AuditKey]) -> Self {
        let retired = rows.iter().filter_map(|row| open(vault, row).ok()).collect();
        Self { retired, ..Self::of(vault) }
    }

    /// The key that makes new rows. There is always one.
    pub fn first(&self) -> Option<&ChainKey> {
        self.configured.first()
    }

    /// All configured keys but the first.
    pub fn older(&self) -> &[ChainKey] {
        self.configured.get(1..).unwrap_or_default()
    }

    /// The key of that name.
    pub fn find(&self, id: &str) -> Option<&ChainKey> {
        self.configured.iter().chain(&self.retired).find(|key| key.id == id)
    }

    /// Codes for a head, one for each configured key: processes that take up another encryption key
    /// one after the other share at least one.
    pub fn macs(&self, head: &AuditHead) -> String {
        let code = |key: &ChainKey| format!("{}:{}", key.id, key.code(&of_head(head)));
        self.configured.iter().map(code).collect::<Vec<_>>().join(" ")
    }

    /// Whether the head names one of the configured keys, rightly or not; so does one without codes.
    pub fn know(&self, head: &AuditHead) -> bool {
        let codes = head.macs.split(' ').filter_map(|code| code.split_once(':'));
        let mut ids = codes.map(|(id, _)| id).peekable();
        ids.peek().is_none() || ids.any(|id| self.configured.iter().any(|key| key.id == id))
    }

    /// Whether a process with one of the configured keys has written this head.
    pub fn is_authentic(&self, head: &AuditHead) -> bool {
        let text = of_head(head);
        head.macs.split(' ').filter_map(|code| code.split_once(':')).any(|(id, code)| {
            let key = self.configured.iter().find(|key| key.id == id);
            key.is_some_and(|key| key.is_code(&text, code))
        })
    }
}

impl ChainKey {
    /// The name of the encryption key that it is derived from.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The hash of this row where it follows `previous`. `after_authentic` is false where the head
    /// was not authentic at that moment: the chain shows that for ever.
    pub fn hash(&self, row: &AuditRow, previous: &str, after_authentic: bool) -> String {
        self.code(&of_row(row, previous, after_authentic))
    }

    /// Whether the row has the hash that this key gives it.
    pub fn is_hash(&self, row: &AuditRow, previous: &str, after_authentic: bool) -> bool {
        self.is_code(&of_row(row, previous, after_authentic), &row.hash)
    }

    /// This key for the table of those that may lose their encryption key.
    pub fn keep(&self, vault: &Vault) -> Result<AuditKey, VaultError> {
        let sealed = vault.seal(&Binding::audit_key(&self.id), &hex::encode(self.bytes))?;
        let Sealed { sealed, sealed_with } = sealed;
        Ok(AuditKey { id: self.id.clone(), sealed, sealed_with })
    }

    fn code(&self, text: &[u8]) -> String {
        self.mac(text).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
    }

    fn is_code(&self, text: &[u8], code: &str) -> bool {
        let given = hex::decode(code).unwrap_or_default();
        self.mac(text).is_some_and(|mac| mac.verify_slice(&given).is_ok())
    }

    fn mac(&self, text: &[u8]) -> Option<Hmac<Sha256>> {
        // A key of any length is taken.
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.bytes).ok()?;
        Some(mac.chain_update(text))
    }
}

/// The key of this row of the table.
pub fn open(vault: &Vault, row: &AuditKey) -> Result<ChainKey, VaultError> {
    let AuditKey { id, sealed, sealed_with } = row.clone();
    let text = vault.open(&Binding::audit_key(&id), &Sealed { sealed, sealed_with })?;
    let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    Ok(ChainKey { id, bytes: bytes.ok_or(VaultError::Damaged)? })
}

/// Gives the fields of a row that follows `previous`, each with its length, so that no two rows read
/// the same.
pub fn fields(row: &AuditRow, previous: &str, give: &mut impl FnMut(&[u8])) {
    let mut add = |field: Option<&str>| {
        let length = field.map_or(u64::MAX, |field| field.len() as u64);
        give(&length.to_be_bytes());
        give(field.unwrap_or_default().as_bytes());
    };
    add(Some(previous));
    add(Some(&row.id.to_string()));
    add(Some(&Millis::from(row.at).rfc3339()));
    for field in [&row.actor, &row.address, &row.request_id, &row.action, &row.target] {
        add(Some(field));
    }
    add(row.before.as_deref());
    add(row.after.as_deref());
}

fn of_row(row: &AuditRow, previous: &str, after_authentic: bool) -> Vec<u8> {
    let mut text = if after_authentic { b"row:".to_vec() } else { b"row after what?:".to_vec() };
    fields(row, previous, &mut |bytes| text.extend_from_slice(bytes));
    text
}

/// No part but the last holds a colon.
fn of_head(head: &AuditHead) -> Vec<u8> {
    let AuditHead { seq, hash, sealed_from, pruned_seq, pruned_hash, macs: _ } = head;
    format!("head:{seq}:{sealed_from}:{pruned_seq}:{}:{pruned_hash}:{hash}", pruned_hash.len())
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{ChainKeys, open};
    use crate::clock::Millis;
    use crate::models::audit::{AuditHead, AuditRow};
    use crate::vault::Vault;

    const OLD: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const NEW: &str = "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn head() -> AuditHead {
        AuditHead {
            seq: 7,
            hash: "ab".to_owned(),
            sealed_from: 3,
            pruned_seq: 2,
            pruned_hash: "cd".to_owned(),
            macs: String::new(),
        }
    }

    #[test]
    fn a_head_is_authentic_only_as_it_was_written() {
        let keys = ChainKeys::of(&Vault::parse(OLD).unwrap());
        let mut good = head();
        assert!(!keys.is_authentic(&good), "without a code");
        good.macs = keys.macs(&good);
        assert!(keys.is_authentic(&good));
        for change in [
            (|head| head.seq = 6) as fn(&mut AuditHead),
            |head| head.hash = "ac".to_owned(),
            |head| head.sealed_from = 8,
            |head| head.pruned_seq = 3,
            |head| head.pruned_hash = String::new(),
            |head| head.macs = head.macs.replace(':', " "),
        ] {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(!keys.is_authentic(&bad), "{bad:?}");
        }
    }

    #[test]
    fn processes_that_share_an_encryption_key_trust_each_others_heads() {
        let keys = |text: &str| ChainKeys::of(&Vault::parse(text).unwrap());
        let (old, both, new) = (keys(OLD), keys(&format!("{NEW},{OLD}")), keys(NEW));
        let mut good = head();
        good.macs = both.macs(&good);
        assert!(old.is_authentic(&good) && both.is_authentic(&good) && new.is_authentic(&good));
        good.macs = old.macs(&good);
        assert!(both.is_authentic(&good) && !new.is_authentic(&good), "{good:?}");
    }

    #[test]
    fn a_kept_key_still_tells_whether_a_row_is_right_and_vouches_for_no_head() {
        let both = Vault::parse(&format!("{NEW},{OLD}")).unwrap();
        let kept: Vec<_> =
            ChainKeys::of(&both).older().iter().map(|key| key.keep(&both).unwrap()).collect();
        let was = ChainKeys::of(&Vault::parse(OLD).unwrap());
        let mut row = AuditRow {
            id: 1,
            at: Millis(0).naive(),
            actor: "ann".to_owned(),
            address: String::new(),
            request_id: String::new(),
            action: "key.add".to_owned(),
            target: String::new(),
            before: None,
            after: None,
            hash: String::new(),
            key_id: was.first().unwrap().id().to_owned(),
        };
        row.hash = was.first().unwrap().hash(&row, "", true);
        let now = ChainKeys::with_retired(&Vault::parse(NEW).unwrap(), &kept);
        let key = now.find(&row.key_id).expect("it was kept");
        assert!(key.is_hash(&row, "", true));
        assert!(!key.is_hash(&row, "", false) && !key.is_hash(&row, "0", true));
        let mut end = head();
        end.macs = was.macs(&end);
        assert!(!now.is_authentic(&end));
        let other = crate::models::audit::AuditKey { id: "other".to_owned(), ..kept[0].clone() };
        assert!(open(&both, &other).is_err(), "it belongs to its name");
    }
}
