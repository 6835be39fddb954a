//! The pool against its invariants, over random histories and a clock of the test's own.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::change::Change;
use super::key::{KeyId, KeySpec, Status};
use super::reason::Reason;
use super::refusal::Refusal;
use super::told::{Told, Word};
use super::verdict::{Effect, Scope, Until, Verdict};
use super::{Counts, KeyState, Loan, Pool, Rules};
use crate::clock::Millis;

const PROVIDER: &str = "p";
const RULES: Rules = Rules { failure_threshold: 3, disable_secs: 3600 };

#[derive(Debug, Clone)]
enum Event {
    Add { key: KeyId, account: u8, weight: u16, cap: u32, life_secs: Option<i64> },
    Remove { key: KeyId },
    Change { key: KeyId, change: Change, life_secs: Option<Option<i64>> },
    Lease { model: u8, tried: Vec<KeyId> },
    Settle { which: usize, verdict: Verdict },
    Disable { key: KeyId, secs: Option<i64> },
    Enable { key: KeyId },
    Wait { ms: i64 },
}

/// The pool, and what an observer knows without looking into it.
struct World {
    pool: Pool,
    now: Millis,
    keys: HashMap<KeyId, KeySpec>,
    out: Vec<(Loan, String)>,
}

fn effects() -> impl Strategy<Value = Effect> {
    let scopes = prop_oneof![
        Just(Scope::Key),
        Just(Scope::Account),
        Just(Scope::KeyModel),
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

fn events() -> impl Strategy<Value = Event> {
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
        1 => (key.clone(), proptest::option::of(1_i64..5000)).prop_map(
            |(key, secs)| Event::Disable { key, secs }
        ),
        1 => key.prop_map(|key| Event::Enable { key }),
        4 => prop_oneof![0_i64..3_000, 0_i64..10_000_000].prop_map(|ms| Event::Wait { ms }),
    ]
}

impl World {
    fn new() -> Self {
        Self {
            pool: Pool::new(RULES),
            now: Millis(1_700_000_000_000),
            keys: HashMap::new(),
            out: Vec::new(),
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

    fn account_has_room(&self, key: KeyId) -> bool {
        let cap = self.fellows(key).map(|spec| spec.max_concurrency).max().unwrap_or(0) as usize;
        let under_way: usize = self.fellows(key).map(|spec| self.under_way(spec.id)).sum();
        cap == 0 || under_way < cap
    }

    /// By what can be seen of the key alone.
    fn is_fit(&self, key: KeyId, model: &str, tried: &[KeyId]) -> bool {
        let Some(state) = self.state(key) else { return false };
        let blocked =
            |(name, _, until): &(String, Reason, Millis)| name == model && *until > self.now;
        let cap = self.keys[&key].max_concurrency as usize;
        state.status == Status::Active
            && !tried.contains(&key)
            && !state.model_blocks.iter().any(blocked)
            && (cap == 0 || self.under_way(key) < cap)
            && self.account_has_room(key)
    }

    fn happen(&mut self, event: Event) -> Result<(), TestCaseError> {
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
            }
            Event::Change { key, change, life_secs } => self.change(key, change, life_secs)?,
            Event::Lease { model, tried } => self.lease(&format!("m{model}"), &tried)?,
            Event::Settle { which, verdict } => self.settle(which, verdict)?,
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

    fn settle(&mut self, which: usize, mut verdict: Verdict) -> Result<(), TestCaseError> {
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

    fn counts_agree(&mut self) -> Result<(), TestCaseError> {
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Never a key that is disabled, cooling, expired, full or tried, nor one of a full account; a
    /// refusal only when there is none; counts that agree; cooldowns that never shrink; every loan comes back.
    #[test]
    fn holds_over_any_history(history in vec(events(), 1..120)) {
        let mut world = World::new();
        for event in history {
            world.happen(event)?;
            world.counts_agree()?;
        }
        while !world.out.is_empty() {
            world.settle(0, Verdict::SUCCESS)?;
        }
        // With every loan back and every key enabled, each key can be had as often as its cap says.
        let keys: Vec<KeyId> = world.keys.keys().copied().collect();
        for key in &keys {
            world.pool.enable(PROVIDER, *key, world.now);
        }
        for key in &keys {
            if !world.is_fit(*key, "fresh", &[]) {
                continue;
            }
            let others: Vec<KeyId> = keys.iter().copied().filter(|other| other != key).collect();
            let cap = world.keys[key].max_concurrency.max(1);
            let mut out = Vec::new();
            for _ in 0..cap {
                let loan = world.pool.lease(PROVIDER, "fresh", &others, world.now);
                prop_assert_eq!(loan.map(|loan| loan.key), Ok(*key));
                out.extend(loan);
            }
            for loan in out {
                world.pool.settle(PROVIDER, "fresh", loan, Verdict::SUCCESS, world.now);
            }
        }
    }

    /// Whatever happened before: once nothing else happens, each turn serves each key as often as
    /// its weight says.
    #[test]
    fn is_fair_within_a_turn(weights in vec(1_u16..6, 1..20), skip in 0_usize..100) {
        let mut world = World::new();
        for (id, weight) in (1..).zip(&weights) {
            world.happen(Event::Add { key: id, account: 0, weight: *weight, cap: 0, life_secs: None })?;
        }
        let turn: usize = weights.iter().map(|weight| usize::from(*weight)).sum();
        let mut pick = || world.pool.lease(PROVIDER, "m", &[], world.now).unwrap().key;
        (0..skip / turn * turn).for_each(|_| { pick(); });
        let mut served: HashMap<KeyId, u16> = HashMap::new();
        (0..turn).for_each(|_| *served.entry(pick()).or_default() += 1);
        for (id, weight) in (1..).zip(&weights) {
            prop_assert_eq!(served.get(&id), Some(weight));
        }
    }

    /// With equal weights, any `n` picks in a row meet each of `n` keys once, also when keys went
    /// and came back before.
    #[test]
    fn is_strict_with_equal_weights(n in 1_i64..30, out in vec(1_i64..30, 0..10), skip in 0_i64..50) {
        let mut world = World::new();
        for key in 1..=n {
            world.happen(Event::Add { key, account: 0, weight: 1, cap: 0, life_secs: None })?;
        }
        for key in out.iter().filter(|key| **key <= n) {
            world.happen(Event::Disable { key: *key, secs: Some(10) })?;
            world.happen(Event::Lease { model: 0, tried: vec![] })?;
        }
        world.happen(Event::Wait { ms: 11_000 })?;
        let mut pick = || world.pool.lease(PROVIDER, "m", &[], world.now).unwrap().key;
        (0..skip).for_each(|_| { pick(); });
        let mut met: Vec<KeyId> = (0..n).map(|_| pick()).collect();
        met.sort_unstable();
        prop_assert_eq!(met, (1..=n).collect::<Vec<_>>());
    }
}

/// How many keys an account has, and its cap.
fn crowd() -> impl Strategy<Value = (i64, u32)> {
    (1_i64..40, 1_u32..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// An account is never over its cap and never below it while it is asked, whichever of its
    /// keys come back first.
    #[test]
    fn an_account_is_as_busy_as_it_may_be((keys, cap) in crowd(), returns in vec(any::<usize>(), 1..60)) {
        let mut pool = Pool::new(RULES);
        let now = Millis(1_700_000_000_000);
        for id in 1..=keys {
            let account = "shared".to_owned();
            let max_concurrency = if id == keys { cap } else { 0 };
            pool.put(PROVIDER, &KeySpec { id, account, max_concurrency, ..KeySpec::default() }, now);
        }
        let mut out = Vec::new();
        for which in returns {
            while let Ok(loan) = pool.lease(PROVIDER, "m", &[], now) {
                out.push(loan);
                prop_assert!(out.len() <= cap as usize);
            }
            prop_assert_eq!(out.len(), cap as usize);
            prop_assert_eq!(pool.in_use(PROVIDER, "shared"), cap);
            prop_assert_eq!(pool.lease(PROVIDER, "m", &[], now), Err(Refusal::AllBusy));
            let loan = out.swap_remove(which % out.len());
            pool.settle(PROVIDER, "m", loan, Verdict::CLIENT_LEFT, now);
        }
    }
}

/// What some replica may tell of a key of three, whose account is the other two's, too.
fn states() -> impl Strategy<Value = KeyState> {
    use proptest::option::of;
    let until = || (1_i64..60).prop_map(|secs| NOW.plus_secs(secs - 5));
    let why = prop_oneof![Just(Reason::Manual), Just(Reason::AutoDisabled)];
    let blocks = vec((0_u8..3, until()), 0..3);
    let cooling = of((Just(Reason::RateLimited), until()));
    (1_i64..4, of((why, of(until()))), cooling, any::<bool>(), blocks).prop_map(
        |(id, disabled, cooling, cooling_account, blocks)| KeyState {
            id,
            status: Status::Active,
            disabled,
            cooling,
            cooling_account,
            failures: 0,
            model_blocks: blocks
                .into_iter()
                .map(|(model, until)| (format!("m{model}"), Reason::PlanLacksModel, until))
                .collect(),
        },
    )
}

const NOW: Millis = Millis(1_700_000_000_000);

fn three() -> Pool {
    let mut pool = Pool::new(RULES);
    pool.share();
    for id in 1..4 {
        pool.put(PROVIDER, &KeySpec { id, account: "a".to_owned(), ..KeySpec::default() }, NOW);
    }
    pool
}

/// What matters of the three: who is out, and until when.
fn waits(pool: &Pool) -> Vec<String> {
    let one = |id| {
        let mut state = pool.state(PROVIDER, id, NOW).expect("it is there");
        state.model_blocks.sort_by(|a, b| a.0.cmp(&b.0));
        format!("{:?} {:?} {:?}", state.disabled, state.cooling, state.model_blocks)
    };
    (1..4).map(one).collect()
}

fn adopt(pool: &mut Pool, state: &KeyState, word: Word) {
    pool.adopt(PROVIDER, &Told { word, state: state.clone() }, NOW);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is told, in whatever order and however often: all know the same, no wait is
    /// shortened, and nothing is told on.
    #[test]
    fn replicas_agree(told in vec(states(), 1..12)) {
        let mut here = three();
        for state in &told {
            let before: Vec<KeyState> =
                (1..4).filter_map(|id| here.state(PROVIDER, id, NOW)).collect();
            adopt(&mut here, state, Word::default());
            for old in before {
                let new = here.state(PROVIDER, old.id, NOW).expect("it is there");
                let end = |state: &KeyState| state.cooling.map(|(_, until)| until);
                prop_assert!(end(&new) >= end(&old), "{old:?} -> {new:?}");
                if let Some((Reason::Manual, until)) = old.disabled {
                    let longer = match new.disabled {
                        Some((Reason::Manual, new)) => until.is_some_and(|at| new.is_none_or(|new| new >= at)) || new.is_none(),
                        _ => until.is_some_and(|until| until <= NOW),
                    };
                    prop_assert!(longer, "{old:?} -> {new:?}");
                }
                for (model, _, until) in &old.model_blocks {
                    let kept = new.model_blocks.iter().any(|(m, _, u)| m == model && u >= until);
                    prop_assert!(kept, "{old:?} -> {new:?}");
                }
            }
        }
        prop_assert_eq!(here.take_told(NOW), vec![]);
        let (mut there, known) = (three(), waits(&here));
        for state in told.iter().rev().chain(&told) {
            adopt(&mut there, state, Word::default());
        }
        prop_assert_eq!(waits(&there), known, "in another order, and twice");
    }

    /// An administrator's word holds in every replica, whatever was known there.
    #[test]
    fn a_word_ends_what_was_known(told in vec(states(), 0..8), id in 1_i64..4) {
        let (mut here, mut there) = (three(), three());
        for state in &told {
            adopt(&mut there, state, Word::default());
        }
        here.enable(PROVIDER, id, NOW);
        for (provider, told) in here.take_told(NOW) {
            there.adopt(&provider, &told, NOW);
        }
        let state = there.state(PROVIDER, id, NOW).expect("it is there");
        prop_assert_eq!((state.status, state.model_blocks.len()), (Status::Active, 0));
        here.disable(PROVIDER, id, Reason::Manual, Some(NOW.plus_secs(9)), NOW);
        there.disable(PROVIDER, id, Reason::Manual, None, NOW);
        for (provider, told) in here.take_told(NOW) {
            there.adopt(&provider, &told, NOW);
        }
        let by_hand = Some((Reason::Manual, Some(NOW.plus_secs(9))));
        prop_assert_eq!(there.state(PROVIDER, id, NOW).expect("it is there").disabled, by_hand);
    }

    /// The database has the last word, as soon as nothing is on its way there.
    #[test]
    fn a_look_takes_over_what_is_stored(told in vec(states(), 0..8), stored in vec(states(), 3)) {
        let mut pool = three();
        for state in &told {
            adopt(&mut pool, state, Word::default());
        }
        pool.take_changes(NOW);
        let specs: Vec<KeySpec> = (1..4).zip(&stored).map(|(id, state)| KeySpec {
            id,
            account: "a".to_owned(),
            weight: 1,
            disabled: state.disabled,
            ..KeySpec::default()
        }).collect();
        let before = waits(&pool);
        let later = NOW.plus_ms(super::ON_ITS_WAY_MS);
        let out = |pool: &Pool, id, at| {
            let state = pool.state(PROVIDER, id, at).expect("it is there");
            state.status != Status::Active
        };
        for spec in &specs {
            let was_out = out(&pool, spec.id, NOW);
            pool.agree(PROVIDER, spec, NOW);
            let met = told.iter().any(|state| state.id == spec.id);
            prop_assert!(!met || !was_out || out(&pool, spec.id, NOW), "{before:?}");
        }
        for spec in &specs {
            prop_assert!(pool.agree(PROVIDER, spec, later));
        }
        for spec in &specs {
            let stored = spec.disabled.is_some_and(|(_, until)| until.is_none_or(|at| at > later));
            prop_assert_eq!(out(&pool, spec.id, later), stored, "{:?}", spec);
        }
        prop_assert_eq!(pool.take_told(later), vec![]);
    }
}
