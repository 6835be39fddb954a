//! Plain hashes: how rows were chained before their hashes had a key.

use sha2::{Digest, Sha256};

use super::seal::fields;
use crate::models::audit::AuditRow;

/// The hash of this row where it follows `previous`.
pub fn hash(row: &AuditRow, previous: &str) -> String {
    let mut hasher = Sha256::new();
    fields(row, previous, &mut |bytes| hasher.update(bytes));
    hex::encode(hasher.finalize())
}
