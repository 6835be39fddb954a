//! Whatever may happen to a pool, and what must hold after each event.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{NOW, PROVIDER, RULES};
use crate::clock::Millis;
use crate::peers::Share;
use crate::pool::change::Change;
use crate::pool::elsewhere::{FULL_MS, Place, Whose};
use crate::pool::key::{KeyId, KeySpec, Status};
use crate::pool::reason::Reason;
use crate::pool::refusal::Refusal;
use crate::pool::verdict::{Effect, Scope, Until, Verdict};
use crate::pool::{Counts, KeyState, Loan, Pool, Rules};

#[derive(Debug, Clone)]
pub enum Event {
    Add {
        key: KeyId,
        account: u8,
        weight: u16,
        cap: u32,
        life_secs: Option<i64>,
    },
    Remove {
        key: KeyId,
    },
    Change {
        key: KeyId,
        change: Change,
        life_secs: Option<Option<i64>>,
    },
    Lease {
        model: u8,
        tried: Vec<KeyId>,
    },
    Settle {
        which: usize,
        verdict: Verdict,
    },
    /// One of the places of a loan is taken elsewhere.
    Full {
        which: usize,
        place: usize,
    },
    /// Replicas share places, or each goes on with its share.
    Share {
        count: u64,
        rank: u64,
    },
    Disable {
        key: KeyId,
        secs: Option<i64>,
    },
    Enable {
        key: KeyId,
    },
    Wait {
        ms: i64,
    },
}

/// The pool, and what an observer knows without looking into it.
pub struct World {
    pub pool: Pool,
    pub now: Millis,
    pub keys: HashMap<KeyId, KeySpec>,
    pub out: Vec<(Loan, String)>,
    share: Share,
    /// Who is full elsewhere, and until when.
    full: HashMap<String, Millis>,
}

/// A key or an account, among those that are full.
fn told(whose: &Whose) -> String {
    format!("{whose:?}")
}

fn effects() -> impl Strategy<Value = Effect> {
    let scopes = prop_oneof![
        Just(Scope::Key),
        Just(Scope::Account),
        Just(Scope::KeyModel),
        Just(Scope::AccountModel),
        Just(Scope::ProviderModel)
    ];
    let until = prop_oneof![Just(None), (1_i64..100_000).prop_map(Some),];
    prop_oneof![
        4 => Just(Effect::Success),
        1 => Just(Effect::Neutral),
        3 => Just(Effect::Strike),
        1 => Just(Effect::Reject),
        2 => Just(Effect::Overloaded),
        4 => (scopes, until).prop_map(|(scope, secs)| Effect::Cool {
            scope,
            // The moment is filled in when the event happens.
            until: secs.map_or(Until::Backoff, |secs| Until::At(Millis(secs * 1000))),
        }),
    ]
}

fn account_name(account: u8) -> String {
    if account == 0 { String::new() } else { account.to_string() }
}

fn changes() -> impl Strategy<Value = (Change, Option<Option<i64>>)> {
    use proptest::option::of;
    let change = (of(0_u8..4), of(1_u16..4), of(0_u32..3), of(of(1_i64..5000)));
    change.prop_map(|(account, weight, max_concurrency, life_secs)| {
        let account = account.map(account_name);
        (Change { account, weight, max_concurrency, expires_at: None }, life_secs)
    })
}

pub fn events() -> impl Strategy<Value = Event> {
    let key = 1_i64..12;
    prop_oneof![
        3 => (key.clone(), 0_u8..4, 1_u16..4, 0_u32..3, proptest::option::of(1_i64..5000)).prop_map(
            |(key, account, weight, cap, life_secs)| Event::Add { key, account, weight, cap, life_secs }
        ),
        1 => key.clone().prop_map(|key| Event::Remove { key }),
        3 => (key.clone(), changes()).prop_map(
            |(key, (change, life_secs))| Event::Change { key, change, life_secs }
        ),
        12 => (0_u8..3, vec(1_i64..12, 0..3)).prop_map(|(model, tried)| Event::Lease { model, tried }),
        10 => (any::<usize>(), effects()).prop_map(|(which, effect)| Event::Settle {
            which,
            verdict: Verdict::new(effect, Reason::Other),
        }),
        3 => (any::<usize>(), any::<usize>()).prop_map(
            |(which, place)| Event::Full { which, place }
        ),
        1 => (1_u64..4, 0_u64..4).prop_map(|(count, rank)| Event::Share { count, rank }),
        1 => (key.clone(), proptest::option::of(1_i64..5000)).prop_map(
            |(key, secs)| Event::Disable { key, secs }
        ),
        1 => key.prop_map(|key| Event::Enable { key }),
        4 => prop_oneof![0_i64..150, 0_i64..3_000, 0_i64..10_000_000].prop_map(|ms| Event::Wait { ms }),
    ]
}

impl World {
    pub fn new() -> Self {
        Self {
            pool: Pool::new(RULES),
            now: NOW,
            keys: HashMap::new(),
            out: Vec::new(),
            share: Share::WHOLE,
            full: HashMap::new(),
        }
    }

    fn state(&self, key: KeyId) -> Option<KeyState> {
        self.pool.state(PROVIDER, key, self.now)
    }

    /// Loans that were taken while there was a cap.
    fn under_way(&self, key: KeyId) -> usize {
        self.out.iter().filter(|(loan, _)| loan.key == key && loan.counted).count()
    }

    /// The keys that share this key's limits.
    fn fellows(&self, key: KeyId) -> impl Iterator<Item = &KeySpec> {
        let name = &self.keys[&key].account;
        let fellow =
            move |spec: &&KeySpec| spec.id == key || (!name.is_empty() && spec.account == *name);
        self.keys.values().filter(fellow)
    }

    /// What a cap allows here.
    pub fn allowed(&self, cap: u32) -> usize {
        self.share.of(cap.into()).try_into().expect("a small number")
    }

    fn account_has_room(&self, key: KeyId) -> bool {
        let cap = self.fellows(key).map(|spec| spec.max_concurrency).max().unwrap_or(0);
        let under_way: usize = self.fellows(key).map(|spec| self.under_way(spec.id)).sum();
        cap == 0 || under_way < self.allowed(cap)
    }

    fn is_full(&self, key: KeyId) -> bool {
        let account = Whose::Account(self.keys[&key].account.clone());
        let all = [told(&account), told(&Whose::Key(key))];
        all.iter().any(|whose| self.full.get(whose).is_some_and(|until| *until > self.now))
    }

    /// Of accounts without keys nothing is known any more, nor of keys that are gone.
    fn forget_full(&mut self) {
        let keys = self.keys.values();
        let known: Vec<String> = keys
            .flat_map(|spec| [Whose::Account(spec.account.clone()), Whose::Key(spec.id)])
            .map(|whose| told(&whose))
            .collect();
        self.full.retain(|whose, _| known.contains(whose));
    }

    /// By what can be seen of the key alone.
    pub fn is_fit(&self, key: KeyId, model: &str, tried: &[KeyId]) -> bool {
        let Some(state) = self.state(key) else { return false };
        let blocked =
            |(name, _, until): &(String, Reason, Millis)| name == model && *until > self.now;
        let cap = self.allowed(self.keys[&key].max_concurrency);
        state.status == Status::Active
            && !tried.contains(&key)
            && !state.model_blocks.iter().any(blocked)
            && (cap == 0 || self.under_way(key) < cap)
            && self.account_has_room(key)
            && !self.is_full(key)
    }

    pub fn happen(&mut self, event: Event) -> Result<(), TestCaseError> {
        match event {
            Event::Add { key, account, weight, cap, life_secs } => {
                let spec = KeySpec {
                    id: key,
                    account: account_name(account),
                    weight,
                    max_concurrency: cap,
                    expires_at: life_secs.map(|secs| self.now.plus_secs(secs)),
                    ..KeySpec::default()
                };
                if !self.keys.contains_key(&key) {
                    self.pool.put(PROVIDER, &spec, self.now);
                    self.keys.insert(key, spec);
                }
            }
            Event::Remove { key } => {
                self.pool.remove(PROVIDER, key);
                self.keys.remove(&key);
                // Loans of it come back later and must change nothing; another key may have
                // taken its place by then.
                self.out.retain(|(loan, _)| loan.key != key);
                self.forget_full();
            }
            Event::Change { key, change, life_secs } => self.change(key, change, life_secs)?,
            Event::Lease { model, tried } => self.lease(&format!("m{model}"), &tried)?,
            Event::Settle { which, verdict } => self.settle(which, verdict)?,
            Event::Full { which, place } => self.find_full(which, place)?,
            Event::Share { count, rank } => {
                self.share = Share { count, rank: rank % count };
                self.pool.obey(Rules { share: self.share, ..RULES });
            }
            Event::Disable { key, secs } => {
                let until = secs.map(|secs| self.now.plus_secs(secs));
                let known = self.pool.disable(PROVIDER, key, Reason::Manual, until, self.now);
                prop_assert_eq!(known, self.keys.contains_key(&key));
            }
            Event::Enable { key } => {
                let known = self.pool.enable(PROVIDER, key, self.now);
                prop_assert_eq!(known, self.keys.contains_key(&key));
                let expired = |spec: &KeySpec| spec.expires_at.is_some_and(|at| at <= self.now);
                if known && !self.keys.get(&key).is_some_and(expired) {
                    prop_assert_eq!(self.state(key).map(|s| s.status), Some(Status::Active));
                }
            }
            Event::Wait { ms } => self.now = self.now.plus_ms(ms),
        }
        Ok(())
    }

    fn change(
        &mut self,
        key: KeyId,
        mut change: Change,
        life_secs: Option<Option<i64>>,
    ) -> Result<(), TestCaseError> {
        change.expires_at = life_secs.map(|secs| secs.map(|secs| self.now.plus_secs(secs)));
        let before: Vec<KeyState> = self.keys.keys().filter_map(|key| self.state(*key)).collect();
        let known = self.pool.change(PROVIDER, key, &change, self.now);
        prop_assert_eq!(known, self.keys.contains_key(&key));
        let Some(spec) = self.keys.get_mut(&key) else { return Ok(()) };
        spec.account = change.account.unwrap_or_else(|| spec.account.clone());
        spec.max_concurrency = change.max_concurrency.unwrap_or(spec.max_concurrency);
        spec.weight = change.weight.unwrap_or(spec.weight);
        spec.expires_at = change.expires_at.unwrap_or(spec.expires_at);
        self.forget_full();
        for old in before {
            let new = self.state(old.id).expect("changing removes no key");
            if old.id != key {
                prop_assert_eq!(&new, &old, "no other key changes");
                continue;
            }
            let end = |state: &KeyState| state.cooling.map_or(Millis(0), |(_, until)| until);
            prop_assert!(end(&new) >= end(&old), "a wait was shortened: {old:?} -> {new:?}");
            prop_assert_eq!(&new.model_blocks, &old.model_blocks);
            let over = |until: Option<Millis>| until.is_some_and(|until| until <= self.now);
            if !old.disabled.is_some_and(|(_, until)| over(until)) {
                prop_assert_eq!((new.disabled, new.failures), (old.disabled, old.failures));
            }
        }
        Ok(())
    }

    fn lease(&mut self, model: &str, tried: &[KeyId]) -> Result<(), TestCaseError> {
        let fit: Vec<KeyId> =
            self.keys.keys().copied().filter(|key| self.is_fit(*key, model, tried)).collect();
        match self.pool.lease(PROVIDER, model, tried, self.now) {
            Ok(loan) => {
                prop_assert!(fit.contains(&loan.key), "lent {}, fit were {fit:?}", loan.key);
                self.out.push((loan, model.to_owned()));
            }
            Err(Refusal::ModelCooling { until }) => {
                prop_assert!(tried.is_empty() && until > self.now);
            }
            Err(refusal) => {
                prop_assert!(fit.is_empty(), "{refusal:?}, but fit were {fit:?}");
                let back = match refusal {
                    Refusal::AllCooling { until } | Refusal::ModelBlocked { until } => Some(until),
                    Refusal::AllDisabled { until } => until,
                    _ => None,
                };
                prop_assert!(back.is_none_or(|until| until > self.now), "{refusal:?}");
            }
        }
        Ok(())
    }

    pub fn settle(&mut self, which: usize, mut verdict: Verdict) -> Result<(), TestCaseError> {
        if self.out.is_empty() {
            return Ok(());
        }
        let (loan, model) = self.out.swap_remove(which % self.out.len());
        if let Effect::Cool { until: Until::At(after), .. } = &mut verdict.effect {
            *after = self.now.plus_ms(after.0);
        }
        if verdict.effect == Effect::Success && loan.success_is_no_news {
            // Nobody tells the pool, so all that is checked here must hold without it.
            return Ok(());
        }
        if loan.counted {
            self.full.remove(&told(&Whose::Key(loan.key)));
            let account = self.keys[&loan.key].account.clone();
            self.full.remove(&told(&Whose::Account(account)));
        }
        let before: Vec<KeyState> = self.keys.keys().filter_map(|key| self.state(*key)).collect();
        self.pool.settle(PROVIDER, &model, loan, verdict, self.now);
        for old in before {
            let new = self.state(old.id).expect("settling removes no key");
            let end = |state: &KeyState| state.cooling.map_or(Millis(0), |(_, until)| until);
            prop_assert!(end(&new) >= end(&old), "a cooldown was shortened: {old:?} -> {new:?}");
            for (model, _, until) in &old.model_blocks {
                let kept = new.model_blocks.iter().any(|(m, _, u)| m == model && u >= until);
                prop_assert!(kept, "a block was shortened: {old:?} -> {new:?}");
            }
            if matches!(verdict.effect, Effect::Neutral | Effect::Overloaded) {
                prop_assert_eq!(&new, &old, "no key is to blame");
            }
        }
        Ok(())
    }

    /// A loan takes places of whoever has a cap; one without takes none. The smaller of two says
    /// more.
    fn find_full(&mut self, which: usize, place: usize) -> Result<(), TestCaseError> {
        if self.out.is_empty() {
            return Ok(());
        }
        let which = which % self.out.len();
        let loan = self.out[which].0;
        let places = self.pool.places(PROVIDER, loan);
        let spec = &self.keys[&loan.key];
        let cap = self.fellows(loan.key).map(|spec| spec.max_concurrency).max().unwrap_or(0);
        let own = |place: &Place| place.whose == Whose::Key(loan.key);
        for place in &places {
            prop_assert_eq!(place.cap, if own(place) { spec.max_concurrency } else { cap });
        }
        let says_more = spec.max_concurrency > 0 && spec.max_concurrency < cap;
        if loan.counted && says_more {
            prop_assert!(places.iter().any(own), "{places:?}");
        }
        if loan.counted && !spec.account.is_empty() {
            prop_assert!(places.iter().any(|place| !own(place)), "{places:?}");
        }
        if places.is_empty() {
            return Ok(());
        }
        let Place { whose, .. } = &places[place % places.len()];
        self.out.swap_remove(which);
        self.pool.full(PROVIDER, loan, whose, self.now);
        self.full.insert(told(whose), self.now.plus_ms(FULL_MS));
        Ok(())
    }

    pub fn counts_agree(&mut self) -> Result<(), TestCaseError> {
        let mut seen = Counts::default();
        for key in self.keys.keys() {
            let state = self.state(*key).expect("a known key has a state");
            match state.status {
                Status::Active => seen.active += 1,
                Status::Cooling => seen.cooling += 1,
                Status::Disabled => seen.disabled += 1,
                Status::Expired => seen.expired += 1,
            }
        }
        prop_assert_eq!(self.pool.counts(PROVIDER, self.now), seen);
        Ok(())
    }
}
