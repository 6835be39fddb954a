//! Accounts: keys that share limits.

use std::collections::HashSet;

use super::cooldown::{Backoff, Cooldown};
use super::provider_pool::ProviderPool;
use super::ring::Slot;

/// What the keys of one account share.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Empty for a key on its own.
    name: String,
    pub cooldown: Cooldown,
    pub backoff: Backoff,
    pub keys: HashSet<Slot>,
}

impl ProviderPool {
    /// The named account, or a new one for a key on its own.
    pub fn account_for(&mut self, name: &str) -> usize {
        if let Some(known) = self.account_names.get(name) {
            return *known;
        }
        let index = self.free_accounts.pop().unwrap_or(self.accounts.len());
        let account = Account { name: name.to_owned(), ..Account::default() };
        match self.accounts.get_mut(index) {
            Some(place) => *place = account,
            None => self.accounts.push(account),
        }
        if !name.is_empty() {
            self.account_names.insert(name.to_owned(), index);
        }
        index
    }

    /// Takes a key out of its account, and forgets an account without keys.
    pub fn leave_account(&mut self, index: usize, slot: Slot) {
        let Some(account) = self.accounts.get_mut(index) else { return };
        account.keys.remove(&slot);
        if account.keys.is_empty() {
            // By its name and not by searching, or deleting n keys would take n² steps.
            self.account_names.remove(&std::mem::take(&mut account.name));
            self.free_accounts.push(index);
        }
    }
}
