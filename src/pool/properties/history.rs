//! Any history, and turns that are fair whatever was before.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::PROVIDER;
use super::world::{Event, World, events};
use crate::pool::elsewhere::FULL_MS;
use crate::pool::key::KeyId;
use crate::pool::verdict::Verdict;

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
        world.happen(Event::Wait { ms: FULL_MS })?;
        for key in &keys {
            if !world.is_fit(*key, "fresh", &[]) {
                continue;
            }
            let others: Vec<KeyId> = keys.iter().copied().filter(|other| other != key).collect();
            let cap = world.allowed(world.keys[key].max_concurrency).max(1);
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

    /// Wherever a replica begins, it goes round in the same order.
    #[test]
    fn goes_round_from_anywhere(n in 1_i64..30, place in any::<usize>()) {
        let mut world = World::new();
        for key in 1..=n {
            world.happen(Event::Add { key, account: 0, weight: 1, cap: 0, life_secs: None })?;
        }
        world.pool.begin_at(place);
        let first = i64::try_from(place % usize::try_from(n).unwrap()).unwrap();
        for turn in 0..2 * n {
            let key = world.pool.lease(PROVIDER, "m", &[], world.now).unwrap().key;
            prop_assert_eq!(key, (first + turn) % n + 1);
        }
    }
}
