//! Outages, single requests that always fail, and retries: what they may do to keys and others.

use super::breaker::{PROBE_EVERY_MS, Source};
use super::key::{KeyId, KeySpec};
use super::reason::Reason;
use super::refusal::Refusal;
use super::verdict::{Effect, Scope, Until, Verdict};
use super::{Ask, Failure, Pool, Rules};
use crate::clock::Millis;
use crate::peers::Share;

const START: Millis = Millis(1_700_000_000_000);
const P: &str = "p";

fn pool(keys: KeyId) -> Pool {
    let rules = Rules {
        failure_threshold: 3,
        disable_secs: 3600,
        max_ejected_percent: 50,
        share: Share::WHOLE,
    };
    let mut pool = Pool::new(rules);
    for id in 1..=keys {
        pool.put(P, &KeySpec { id, ..KeySpec::default() }, START);
    }
    pool
}

/// A client with one request.
fn of(token: u64) -> Source {
    Source { token: token.cast_signed(), body: Some(0) }
}

/// Sends a request of up to three attempts that each come to what `upstream` says.
fn request(
    pool: &mut Pool,
    token: u64,
    now: Millis,
    upstream: impl FnMut(KeyId) -> Verdict,
) -> Result<usize, Option<Refusal>> {
    request_of(pool, of(token), now, upstream)
}

fn request_of(
    pool: &mut Pool,
    source: Source,
    now: Millis,
    mut upstream: impl FnMut(KeyId) -> Verdict,
) -> Result<usize, Option<Refusal>> {
    let mut ask = Ask { source, ..Ask::default() };
    let mut attempts = Vec::new();
    let mut refusal = None;
    while attempts.len() < 3 {
        let loan = match pool.borrow(P, "m", &ask, now) {
            Ok(loan) => loan,
            Err(why) => {
                refusal = Some(why);
                break;
            }
        };
        let verdict = upstream(loan.key);
        pool.settle(P, "m", loan, verdict, now);
        if verdict.effect == Effect::Success {
            return Ok(attempts.len() + 1);
        }
        ask.tried.push(loan.key);
        ask.again = Some(verdict);
        attempts.push((loan.key, verdict));
        if loan.probe {
            break;
        }
    }
    if !attempts.is_empty() {
        pool.failed(P, "m", &Failure { source, asked_at: now, attempts }, now);
        refusal = None;
    }
    Err(refusal)
}

fn outages() -> [Verdict; 6] {
    let cool = |scope, until, reason| Verdict::new(Effect::Cool { scope, until }, reason);
    [
        Verdict::new(Effect::Overloaded, Reason::ConnectFailed),
        Verdict::new(Effect::Overloaded, Reason::Overloaded),
        Verdict::new(Effect::Reject, Reason::Unauthorized),
        Verdict::new(Effect::Strike, Reason::Forbidden),
        cool(Scope::Account, Until::At(START.plus_secs(3600)), Reason::OutOfCredit),
        cool(Scope::Key, Until::Backoff, Reason::RateLimited),
    ]
}

#[test]
fn an_outage_benches_no_key_and_calls_few_times() {
    for outage in outages() {
        let mut pool = pool(50);
        for n in 0..200 {
            request(&mut pool, n, START.plus_ms(n as i64 * 5), |_| Verdict::SUCCESS).unwrap();
        }
        // Ten seconds, fifty requests in each.
        let (begun, mut calls) = (START.plus_ms(1_000), 0);
        for n in 0..500 {
            let now = begun.plus_ms(n * 20);
            let failed = request(&mut pool, 1_000 + n.unsigned_abs(), now, |_| {
                calls += 1;
                outage
            });
            assert!(failed.is_err());
        }
        let end = begun.plus_ms(10_000);
        assert_eq!(pool.counts(P, end).active, 50, "{outage:?}");
        assert!(calls < 30, "{outage:?}: {calls} calls");
        let served = (0..PROBE_EVERY_MS)
            .find(|ms| request(&mut pool, 7, end.plus_ms(*ms), |_| Verdict::SUCCESS).is_ok());
        assert!(served.is_some(), "{outage:?}");
        request(&mut pool, 8, end.plus_ms(PROBE_EVERY_MS), |_| Verdict::SUCCESS).unwrap();
    }
}

#[test]
fn a_client_that_fails_twice_before_others_come_back_takes_nothing_from_them() {
    for outage in outages() {
        let mut pool = pool(10);
        request(&mut pool, 1, START, |_| Verdict::SUCCESS).unwrap();
        for body in 0..2 {
            let now = START.plus_ms(1_000 + body);
            let source = Source { token: 7, body: Some(body.unsigned_abs()) };
            request_of(&mut pool, source, now, |_| outage).unwrap_err();
        }
        let now = START.plus_ms(1_010);
        assert_eq!(request(&mut pool, 1, now, |_| Verdict::SUCCESS), Ok(1), "{outage:?}");
    }
}

#[test]
fn one_client_whose_requests_always_fail_takes_nothing_from_others() {
    for poison in outages() {
        let mut pool = pool(20);
        for second in 0..60 {
            let now = START.plus_secs(second);
            let _ = request(&mut pool, 666, now, |_| poison);
            for good in 0..15 {
                let now = now.plus_ms(10 + good * 60);
                let served = request(&mut pool, good.unsigned_abs(), now, |_| Verdict::SUCCESS);
                assert!(served.is_ok(), "{poison:?}: {served:?} at {second}");
            }
        }
        assert_eq!(pool.counts(P, START.plus_secs(60)).active, 20, "{poison:?}");
    }
}

#[test]
fn single_bad_keys_among_good_ones_are_taken_out() {
    let mut pool = pool(20);
    for n in 0..400 {
        let now = START.plus_ms(n * 50);
        let answer = |key| match key {
            1 => Verdict::new(Effect::Strike, Reason::Forbidden),
            2 => outages()[4],
            _ => Verdict::SUCCESS,
        };
        assert!(request(&mut pool, n.unsigned_abs() % 5, now, answer).is_ok());
    }
    let counts = pool.counts(P, START.plus_secs(20));
    assert_eq!((counts.disabled, counts.cooling), (1, 1));
}

#[test]
fn a_key_that_is_full_elsewhere_costs_neither_probe_nor_retry() {
    let mut pool = pool(3);
    for client in 1..=2 {
        request(&mut pool, client, START, |_| outages()[0]).unwrap_err();
    }
    let now = START.plus_ms(PROBE_EVERY_MS);
    let ask = Ask { source: of(3), ..Ask::default() };
    let probe = pool.borrow(P, "m", &ask, now).unwrap();
    assert!(probe.probe);
    assert!(pool.borrow(P, "m", &ask, now).is_err(), "another request is refused");
    let again = Ask { admitted: Some(probe.probe), ..ask };
    assert!(pool.borrow(P, "m", &again, now).unwrap().probe);
}

#[test]
fn marks_of_single_attempts_are_taken_back_with_the_others() {
    let mut pool = pool(10);
    let refused = outages()[2];
    let single = |pool: &mut Pool, source| {
        let ask = Ask { source: of(source), ..Ask::default() };
        let loan = pool.borrow(P, "m", &ask, START).unwrap();
        pool.settle(P, "m", loan, refused, START);
        let attempts = vec![(loan.key, refused)];
        pool.failed(P, "m", &Failure { source: of(source), asked_at: START, attempts }, START);
    };
    single(&mut pool, 1);
    single(&mut pool, 2);
    assert_eq!(pool.counts(P, START).active, 8);
    assert_eq!(pool.take_blames(), []);
    request(&mut pool, 3, START, |_| refused).unwrap_err();
    assert_eq!(pool.counts(P, START).active, 10);
    assert_eq!(pool.take_blames(), [(P.to_owned(), Reason::Unauthorized)]);
    request(&mut pool, 4, START, |_| refused).unwrap_err();
    assert_eq!(pool.take_blames(), [], "told once");
}

#[test]
fn failures_take_out_half_of_the_keys_at_most() {
    let mut pool = pool(4);
    // Two requests in turn with different ends, so that no two accounts fail alike in one.
    for n in 0..40 {
        let now = START.plus_secs(n);
        for key in 1..=4 {
            let ask =
                Ask { tried: (1..=4).filter(|other| *other != key).collect(), ..Ask::default() };
            if let Ok(loan) = pool.borrow(P, "m", &ask, now) {
                let verdict = Verdict::new(Effect::Strike, Reason::Forbidden);
                pool.settle(P, "m", loan, verdict, now);
            }
        }
    }
    assert_eq!(pool.counts(P, START.plus_secs(40)).disabled, 2);
}

#[test]
fn keys_that_wait_without_a_named_end_are_tried_when_there_is_no_other() {
    let mut pool = pool(2);
    let limited = outages()[5];
    let named = Effect::Cool { scope: Scope::Key, until: Until::At(START.plus_secs(60)) };
    for verdict in [limited, Verdict::new(named, Reason::RateLimited)] {
        let loan = pool.borrow(P, "m", &Ask::default(), START).unwrap();
        pool.settle(P, "m", loan, verdict, START);
    }
    let soft = pool.borrow(P, "m", &Ask::default(), START).unwrap();
    assert_eq!(soft.key, 1, "the one that nobody named a moment for");
    let until = START.plus_secs(1);
    let refused = pool.borrow(P, "m", &Ask::default(), START.plus_ms(10));
    assert_eq!(refused, Err(Refusal::AllCooling { until }), "not by everybody at once");
    assert!(pool.borrow(P, "m", &Ask::default(), START.plus_ms(300)).is_ok());
}

#[test]
fn the_next_return_is_the_first_key_that_comes_back() {
    let mut pool = pool(10);
    let mut attempts = Vec::new();
    for key in 1..=10 {
        let until = Until::At(START.plus_secs(key * 10));
        let verdict = Verdict::new(Effect::Cool { scope: Scope::Key, until }, Reason::SessionLimit);
        let loan = pool.borrow(P, "m", &Ask::default(), START).unwrap();
        pool.settle(P, "m", loan, verdict, START);
        attempts.push((loan.key, verdict));
        let failure = Failure { source: of(1), asked_at: START, attempts: attempts.clone() };
        let back = pool.failed(P, "m", &failure, START);
        let expected = if key < 10 { START } else { START.plus_secs(10) };
        assert_eq!(back, Some(expected));
    }
}

#[test]
fn probes_of_a_mass_are_not_believed() {
    let mut pool = pool(50);
    for key in 1..=50 {
        pool.refused(P, key, Reason::Unauthorized, false, START);
    }
    assert_eq!(pool.counts(P, START).active, 50);
    // With others found good in between it is no mass.
    for key in 1..=50 {
        if key % 3 == 0 {
            pool.refused(P, key, Reason::Unauthorized, false, START);
        } else {
            pool.recover(P, key, START);
        }
    }
    assert_eq!(pool.counts(P, START).disabled, 16);
}
