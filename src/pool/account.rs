//! Accounts: keys that share limits.
//!
//! What an account may have under way at once is the largest `max_concurrency` among its keys,
//! counted over all of them: an operator gives each key of a plan that plan's number, and the
//! number is the plan's, not the key's.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::mem::take;

use super::Rules;
use super::cooldown::{Backoff, Cooldown};
use super::key::Status;
use super::provider_pool::ProviderPool;
use super::ring::Slot;

/// What the keys of one account share. Small, since most keys have one to themselves.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Empty for a key on its own.
    pub name: Box<str>,
    pub cooldown: Cooldown,
    pub backoff: Backoff,
    pub keys: Members,
    /// Loans that are out; only counted where there is a cap. The sum of its keys'.
    pub in_flight: u32,
    /// There since the first of its keys had a cap.
    capped: Option<Box<Capped>>,
}

/// The keys of an account. A set for one key would be larger than the account.
#[derive(Debug, Default)]
pub(super) enum Members {
    #[default]
    None,
    One(Slot),
    #[expect(
        clippy::box_collection,
        reason = "a bare set would make every account as large as one"
    )]
    Many(Box<HashSet<Slot>>),
}

#[derive(Debug, Default)]
struct Capped {
    /// The caps of its keys, and how many have each.
    caps: BTreeMap<u32, u32>,
    /// Keys that were met while the account was full. Of a key that left or changed its account
    /// an entry may be left, which its `parked` gives away.
    parked: VecDeque<Slot>,
}

impl Members {
    fn insert(&mut self, slot: Slot) {
        match self {
            Self::None => *self = Self::One(slot),
            Self::One(only) => *self = Self::Many(Box::new(HashSet::from([*only, slot]))),
            Self::Many(slots) => {
                slots.insert(slot);
            }
        }
    }

    fn remove(&mut self, slot: Slot) {
        match self {
            Self::One(only) if *only == slot => *self = Self::None,
            Self::Many(slots) => {
                slots.remove(&slot);
                if slots.is_empty() {
                    *self = Self::None;
                }
            }
            Self::None | Self::One(_) => {}
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    pub fn to_vec(&self) -> Vec<Slot> {
        match self {
            Self::None => Vec::new(),
            Self::One(slot) => vec![*slot],
            Self::Many(slots) => slots.iter().copied().collect(),
        }
    }
}

impl Account {
    fn named(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Loans at once, over all its keys; 0 for no cap.
    pub fn cap(&self) -> u32 {
        let highest = self.capped.as_ref().and_then(|capped| capped.caps.last_key_value());
        highest.map_or(0, |(cap, _)| *cap)
    }

    pub fn has_room(&self, rules: &Rules) -> bool {
        let cap = rules.allowed(self.cap());
        cap == 0 || self.in_flight < cap
    }

    fn add_cap(&mut self, cap: u32) {
        if cap > 0 {
            *self.capped.get_or_insert_default().caps.entry(cap).or_default() += 1;
        }
    }

    fn drop_cap(&mut self, cap: u32) {
        let Some(capped) = &mut self.capped else { return };
        if let Some(keys) = capped.caps.get_mut(&cap) {
            *keys -= 1;
            if *keys == 0 {
                capped.caps.remove(&cap);
            }
        }
    }

    fn waiting(&self) -> usize {
        self.capped.as_ref().map_or(0, |capped| capped.parked.len())
    }

    fn park(&mut self, slot: Slot) {
        self.capped.get_or_insert_default().parked.push_back(slot);
    }

    /// How many keys may be useful again: one for each free slot.
    fn useful(&self, rules: &Rules) -> usize {
        match rules.allowed(self.cap()) {
            0 => self.waiting(),
            cap => (cap.saturating_sub(self.in_flight) as usize).min(self.waiting()),
        }
    }

    fn next_waiting(&mut self) -> Option<Slot> {
        self.capped.as_mut()?.parked.pop_front()
    }

    fn all_waiting(&mut self) -> VecDeque<Slot> {
        self.capped.as_mut().map(|capped| take(&mut capped.parked)).unwrap_or_default()
    }
}

impl ProviderPool {
    /// The named account, or a new one for a key on its own.
    pub fn account_for(&mut self, name: &str) -> usize {
        if let Some(known) = self.account_names.get(name) {
            return *known;
        }
        let index = self.free_accounts.pop().unwrap_or(self.accounts.len());
        match self.accounts.get_mut(index) {
            Some(place) => *place = Account::named(name),
            None => self.accounts.push(Account::named(name)),
        }
        if !name.is_empty() {
            self.account_names.insert(name.to_owned(), index);
        }
        index
    }

    /// Takes a key into its account, with its loans.
    pub fn join_account(&mut self, slot: Slot) {
        let Some(key) = self.keys.get(slot as usize).and_then(Option::as_ref) else { return };
        let Some(account) = self.accounts.get_mut(key.account) else { return };
        account.keys.insert(slot);
        account.add_cap(key.max_concurrency);
        account.in_flight += key.in_flight;
    }

    /// Takes a key with this cap and these loans out of its account, and forgets an account
    /// without keys.
    pub fn leave_account(&mut self, index: usize, slot: Slot, cap: u32, in_flight: u32) {
        let Some(account) = self.accounts.get_mut(index) else { return };
        account.keys.remove(slot);
        account.drop_cap(cap);
        account.in_flight = account.in_flight.saturating_sub(in_flight);
        if account.keys.is_empty() {
            self.account_names.remove(&*account.name);
            *account = Account::default();
            self.roomy.remove(&index);
            self.full_accounts.end(index);
            self.free_accounts.push(index);
        } else {
            self.unpark(index);
        }
    }

    /// A key of an account took this cap instead of that one.
    pub fn change_cap(&mut self, index: usize, before: u32, after: u32) {
        if let Some(account) = self.accounts.get_mut(index) {
            account.drop_cap(before);
            account.add_cap(after);
        }
        self.unpark(index);
    }

    /// A key fell out of a rotation when its turn came. One of a full account waits for a slot of
    /// the account; if it fell out for another reason, a key that waits may take its place.
    /// Returns whether one did.
    pub fn fell_out(&mut self, slot: Slot) -> bool {
        let Some(key) = self.key_mut(slot) else { return false };
        let (index, active) = (key.account, key.status == Status::Active);
        if self.has_room(index) {
            let waiting = self.accounts.get(index).map_or(0, Account::waiting);
            return waiting > 0 && self.unpark(index);
        }
        if let Some(account) = self.accounts.get_mut(index)
            && let Some(key) = self.keys.get_mut(slot as usize).and_then(Option::as_mut)
            && active
            && !std::mem::replace(&mut key.parked, true)
        {
            account.park(slot);
        }
        false
    }

    /// Brings back as many waiting keys as the account has free slots: there are never fewer of
    /// its keys in a rotation than it has slots, as long as it has keys. So a return costs one
    /// step, however many keys wait. Returns whether there was any.
    pub fn unpark(&mut self, index: usize) -> bool {
        let useful = |account: &Account| account.useful(&self.rules);
        let full = self.full_accounts.is_full(index);
        let wanted = if full { 0 } else { self.accounts.get(index).map_or(0, useful) };
        let mut back = 0;
        while back < wanted
            && let Some(account) = self.accounts.get_mut(index)
            && let Some(slot) = account.next_waiting()
        {
            back += usize::from(self.bring_back(index, slot));
        }
        self.note_room(index);
        back > 0
    }

    /// For a request that found no key: whoever waits although its account has a slot is brought
    /// back, since the key that has the slot's place may be one that this request can't use.
    /// Returns whether there was any.
    pub fn unpark_all(&mut self) -> bool {
        let mut any = false;
        for index in take(&mut self.roomy) {
            let Some(account) = self.accounts.get_mut(index) else { continue };
            for slot in account.all_waiting() {
                any |= self.bring_back(index, slot);
            }
        }
        any
    }

    /// Whether an account has a free slot, here and elsewhere.
    pub fn has_room(&self, index: usize) -> bool {
        let account = self.accounts.get(index);
        account.is_some_and(|account| account.has_room(&self.rules))
            && !self.full_accounts.is_full(index)
    }

    /// Remembers whether keys of an account wait although it has a slot.
    pub fn note_room(&mut self, index: usize) {
        let Some(account) = self.accounts.get(index) else { return };
        if account.waiting() == 0 || !self.has_room(index) {
            self.roomy.remove(&index);
        } else {
            self.roomy.insert(index);
        }
    }

    /// Brings a waiting key back, if it still waits here and can be of use.
    fn bring_back(&mut self, index: usize, slot: Slot) -> bool {
        let Some(key) = self.key_mut(slot) else { return false };
        if key.account != index || !take(&mut key.parked) {
            return false;
        }
        // A key that isn't active comes back by itself.
        let useful = key.status == Status::Active;
        if useful {
            self.bring_in(slot);
        }
        useful
    }
}
