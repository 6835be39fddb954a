//! Several pools that tell each other what they know.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{NOW, PROVIDER, RULES};
use crate::clock::Millis;
use crate::pool::breaker::{PROBE_EVERY_MS, Source};
use crate::pool::cooldown::Backoff;
use crate::pool::key::{KeySpec, Status};
use crate::pool::provider_pool::ProviderPool;
use crate::pool::reason::Reason;
use crate::pool::refusal::Refusal;
use crate::pool::told::{Backoffs, Told, Word};
use crate::pool::verdict::{Effect, Scope, Until, Verdict};
use crate::pool::{Ask, Failure, KeyState, ON_ITS_WAY_MS, Pool, ToldModel};

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

/// One that was raised some time ago, maybe so long that its wait is over.
fn backoffs() -> impl Strategy<Value = Backoff> {
    (1_u32..9, 0_i64..70).prop_map(|(level, ago)| Backoff::told(level, NOW.plus_secs(-ago)))
}

fn tellings() -> impl Strategy<Value = Told> {
    use proptest::option::of;
    (states(), of(backoffs()), of(backoffs())).prop_map(|(state, key, account)| {
        let backoffs =
            Backoffs { key: key.unwrap_or_default(), account: account.unwrap_or_default() };
        Told { word: Word::default(), state, backoffs }
    })
}

/// What some replica may tell of a model that fails.
fn models() -> impl Strategy<Value = ToldModel> {
    use proptest::option::of;
    let until = (-5_i64..60).prop_map(|secs| NOW.plus_secs(secs));
    let ago = || (0_i64..40).prop_map(|secs| NOW.plus_secs(-secs));
    let told = (0_u8..3, of(ago()), of(ago()), of(until), of(backoffs()));
    told.prop_map(|(model, served_at, open, until, backoff)| ToldModel {
        model: format!("m{model}"),
        served_at: served_at.unwrap_or(Millis(0)),
        open: open.map(|since| (Reason::Overloaded, since)),
        cooling: until.map(|until| (Reason::Overloaded, until)),
        backoff: backoff.unwrap_or_default(),
    })
}

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
        let backoffs = provider(pool).told(id, Word::default(), NOW).expect("it is there").backoffs;
        format!("{:?} {:?} {:?} {backoffs:?}", state.disabled, state.cooling, state.model_blocks)
    };
    (1..4).map(one).collect()
}

fn provider(pool: &Pool) -> &ProviderPool {
    &pool.providers[PROVIDER]
}

/// What is known of the three models.
fn health(pool: &Pool) -> Vec<ToldModel> {
    (0..3).map(|model| provider(pool).told_model(format!("m{model}"), NOW)).collect()
}

/// Everything that one has to tell is heard by the other.
fn tell(from: &mut Pool, to: &mut Pool, now: Millis) {
    for (provider, told) in from.take_told(now) {
        to.adopt(&provider, &told, now);
    }
    for (provider, told) in from.take_told_models(now) {
        to.adopt_model(&provider, &told, now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is told, in whatever order and however often: all know the same, no wait is
    /// shortened, and nothing is told on.
    #[test]
    fn replicas_agree(tellings in vec(tellings(), 1..12)) {
        let mut here = three();
        for told in &tellings {
            let before: Vec<KeyState> =
                (1..4).filter_map(|id| here.state(PROVIDER, id, NOW)).collect();
            here.adopt(PROVIDER, told, NOW);
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
        for told in tellings.iter().rev().chain(&tellings) {
            there.adopt(PROVIDER, told, NOW);
        }
        prop_assert_eq!(waits(&there), known, "in another order, and twice");
    }

    /// The same of models that fail.
    #[test]
    fn replicas_agree_on_models(told in vec(models(), 1..12)) {
        let mut here = three();
        for one in &told {
            let before = health(&here);
            here.adopt_model(PROVIDER, one, NOW);
            for (old, new) in before.iter().zip(health(&here)) {
                let end = |told: &ToldModel| told.cooling.map(|(_, until)| until);
                prop_assert!(end(&new) >= end(old), "{old:?} -> {new:?}");
                prop_assert!(new.served_at >= old.served_at, "{old:?} -> {new:?}");
                let later = |since: Millis| since > new.served_at;
                let stays = old.open.is_none_or(|(_, since)| !later(since) || new.open.is_some());
                prop_assert!(stays, "{old:?} -> {new:?}");
                prop_assert!(new.backoff.level().0 >= old.backoff.level().0, "{old:?} -> {new:?}");
            }
        }
        prop_assert_eq!(here.take_told_models(NOW), vec![]);
        let (mut there, known) = (three(), health(&here));
        for one in told.iter().rev().chain(&told) {
            there.adopt_model(PROVIDER, one, NOW);
        }
        prop_assert_eq!(health(&there), known, "in another order, and twice");
    }

    /// A success takes back everywhere how far waits have doubled; a raise that came before it
    /// does not bring that back, in whatever order they are told.
    #[test]
    fn a_success_takes_back_in_any_order(raised in backoffs(), later in 0_i64..9, twice in any::<bool>()) {
        let reset = Backoff::told(0, NOW.plus_secs(later));
        let mut told = [raised, reset];
        for _ in 0..2 {
            let mut here = Backoff::default();
            told.iter().for_each(|told| here.adopt(*told, NOW));
            if twice {
                told.iter().for_each(|told| here.adopt(*told, NOW));
            }
            prop_assert_eq!(here, reset);
            told.reverse();
        }
    }

    /// An administrator's word holds in every replica, whatever was known there.
    #[test]
    fn a_word_ends_what_was_known(tellings in vec(tellings(), 0..8), id in 1_i64..4) {
        let (mut here, mut there) = (three(), three());
        for told in &tellings {
            there.adopt(PROVIDER, told, NOW);
        }
        here.enable(PROVIDER, id, NOW);
        tell(&mut here, &mut there, NOW);
        let state = there.state(PROVIDER, id, NOW).expect("it is there");
        prop_assert_eq!((state.status, state.model_blocks.len()), (Status::Active, 0));
        here.disable(PROVIDER, id, Reason::Manual, Some(NOW.plus_secs(9)), NOW);
        there.disable(PROVIDER, id, Reason::Manual, None, NOW);
        tell(&mut here, &mut there, NOW);
        let by_hand = Some((Reason::Manual, Some(NOW.plus_secs(9))));
        prop_assert_eq!(there.state(PROVIDER, id, NOW).expect("it is there").disabled, by_hand);
    }

    /// The database has the last word, as soon as nothing is on its way there.
    #[test]
    fn a_look_takes_over_what_is_stored(
        tellings in vec(tellings(), 0..8),
        stored in vec(states(), 3),
    ) {
        let mut pool = three();
        for told in &tellings {
            pool.adopt(PROVIDER, told, NOW);
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
        let later = NOW.plus_ms(ON_ITS_WAY_MS);
        let out = |pool: &Pool, id, at| {
            let state = pool.state(PROVIDER, id, at).expect("it is there");
            state.status != Status::Active
        };
        for spec in &specs {
            let was_out = out(&pool, spec.id, NOW);
            pool.agree(PROVIDER, spec, NOW);
            let met = tellings.iter().any(|told| told.state.id == spec.id);
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

fn fail(pool: &mut Pool, effect: Effect, now: Millis) {
    let loan = pool.lease(PROVIDER, "m0", &[], now).expect("a key");
    pool.settle(PROVIDER, "m0", loan, Verdict::new(effect, Reason::Other), now);
}

/// Replicas that meet a busy account one after another wait longer each time, as one would, and a
/// success of one of them is a success for all.
#[test]
fn waits_double_over_all() {
    let busy = Effect::Cool { scope: Scope::Account, until: Until::Backoff };
    let mut all = [three(), three(), three()];
    let mut now = NOW;
    let tell_all = |all: &mut [Pool; 3], from: usize, now| {
        let (news, models) = (all[from].take_told(now), all[from].take_told_models(now));
        assert!(!news.is_empty() && models.is_empty());
        for other in (0..3).filter(|other| *other != from) {
            for (provider, told) in &news {
                all[other].adopt(provider, told, now);
            }
        }
    };
    for (which, secs) in [(0, 1), (1, 2), (2, 4), (0, 8)] {
        fail(&mut all[which], busy, now);
        tell_all(&mut all, which, now);
        let until = now.plus_secs(secs);
        for pool in &mut all {
            assert_eq!(pool.lease(PROVIDER, "m0", &[], now), Err(Refusal::AllCooling { until }));
        }
        now = until;
    }
    fail(&mut all[1], Effect::Success, now);
    tell_all(&mut all, 1, now);
    now = now.plus_secs(1);
    fail(&mut all[2], busy, now);
    let until = now.plus_secs(1);
    assert_eq!(all[2].lease(PROVIDER, "m0", &[], now), Err(Refusal::AllCooling { until }));
}

/// A client with one request.
fn of(token: i64) -> Source {
    Source { token, body: Some(0) }
}

/// A request that fails with every key it is given.
fn fail_request(pool: &mut Pool, source: i64, reason: Reason, now: Millis) {
    let mut ask = Ask { source: of(source), ..Ask::default() };
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let Ok(loan) = pool.borrow(PROVIDER, "m0", &ask, now) else { break };
        let verdict = Verdict::new(Effect::Overloaded, reason);
        pool.settle(PROVIDER, "m0", loan, verdict, now);
        ask.tried.push(loan.key);
        ask.again = Some(verdict);
        attempts.push((loan.key, verdict));
    }
    pool.failed(PROVIDER, "m0", &Failure { source: of(source), asked_at: now, attempts }, now);
}

/// A breaker that opens at one replica is open at all, until one of them is served.
#[test]
fn a_breaker_opens_and_closes_for_all() {
    let (mut here, mut there) = (three(), three());
    for source in 1..=10 {
        fail_request(&mut here, source, Reason::Overloaded, NOW);
    }
    tell(&mut here, &mut there, NOW);
    let ask = Ask { source: of(99), ..Ask::default() };
    let until = NOW.plus_ms(PROBE_EVERY_MS);
    let open = Err(Refusal::BreakerOpen { until, reason: Reason::Overloaded });
    assert_eq!(there.borrow(PROVIDER, "m0", &ask, NOW), open);
    assert!(there.borrow(PROVIDER, "m1", &ask, NOW).is_ok());

    let loan = there.borrow(PROVIDER, "m0", &ask, until).expect("a probe");
    assert!(loan.probe);
    there.settle(PROVIDER, "m0", loan, Verdict::SUCCESS, until);
    tell(&mut there, &mut here, until);
    let soon = until.plus_ms(100);
    for pool in [&mut here, &mut there] {
        assert!(pool.borrow(PROVIDER, "m0", &ask, soon).is_ok_and(|loan| !loan.probe));
        assert!(pool.take_told(soon).is_empty() && pool.take_told_models(soon).is_empty());
    }
}

/// What an outage did to keys is taken back at all replicas.
#[test]
fn marks_are_taken_back_for_all() {
    let (mut here, mut there) = (pool_of_accounts(), pool_of_accounts());
    let credit = Effect::Cool { scope: Scope::Account, until: Until::At(NOW.plus_secs(3600)) };
    let mut ask = Ask { source: of(1), ..Ask::default() };
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let loan = here.borrow(PROVIDER, "m0", &ask, NOW).expect("a key");
        let verdict = Verdict::new(credit, Reason::OutOfCredit);
        here.settle(PROVIDER, "m0", loan, verdict, NOW);
        ask.tried.push(loan.key);
        ask.again = Some(verdict);
        attempts.push((loan.key, verdict));
        tell(&mut here, &mut there, NOW);
    }
    assert_eq!(there.counts(PROVIDER, NOW).cooling, 2);
    here.failed(PROVIDER, "m0", &Failure { source: of(1), asked_at: NOW, attempts }, NOW);
    tell(&mut here, &mut there, NOW);
    for pool in [&mut here, &mut there] {
        assert_eq!(pool.counts(PROVIDER, NOW).active, 3);
    }
}

fn pool_of_accounts() -> Pool {
    let mut pool = Pool::new(RULES);
    pool.share();
    for id in 1..4 {
        pool.put(PROVIDER, &KeySpec { id, ..KeySpec::default() }, NOW);
    }
    pool
}
