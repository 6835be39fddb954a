//! The rules of the pool, one by one.

use super::key::{KeyId, KeySpec, Status};
use super::reason::Reason;
use super::refusal::Refusal;
use super::verdict::{Effect, Scope, Until, Verdict};
use super::{Pool, Rules};
use crate::clock::Millis;
use crate::peers::Share;

const START: Millis = Millis(1_700_000_000_000);
const P: &str = "p";

fn pool(keys: KeyId) -> Pool {
    let mut pool = Pool::new(Rules {
        failure_threshold: 3,
        disable_secs: 3600,
        max_ejected_percent: 50,
        share: Share::WHOLE,
    });
    for id in 1..=keys {
        pool.put(P, &KeySpec { id, ..KeySpec::default() }, START);
    }
    pool
}

fn use_key(pool: &mut Pool, effect: Effect, now: Millis) -> KeyId {
    let loan = pool.lease(P, "m", &[], now).unwrap();
    pool.settle(P, "m", loan, Verdict::new(effect, Reason::Other), now);
    loan.key
}

fn status(pool: &Pool, key: KeyId, now: Millis) -> Status {
    pool.state(P, key, now).unwrap().status
}

#[test]
fn three_failures_in_a_row_disable_for_an_hour() {
    let mut pool = pool(1);
    use_key(&mut pool, Effect::Strike, START);
    use_key(&mut pool, Effect::Strike, START);
    assert_eq!(status(&pool, 1, START), Status::Active);
    use_key(&mut pool, Effect::Strike, START);
    let until = START.plus_secs(3600);
    assert_eq!(pool.lease(P, "m", &[], START), Err(Refusal::AllDisabled { until: Some(until) }));
    let state = pool.state(P, 1, START).unwrap();
    assert_eq!(state.disabled, Some((Reason::AutoDisabled, Some(until))));

    assert!(pool.lease(P, "m", &[], until.plus_ms(-1)).is_err());
    assert_eq!(use_key(&mut pool, Effect::Strike, until), 1);
    assert_eq!(pool.state(P, 1, until).unwrap().failures, 1, "it begins with a clean sheet");
}

#[test]
fn a_success_in_between_starts_the_count_anew() {
    let mut pool = pool(1);
    for effect in [Effect::Strike, Effect::Strike, Effect::Success, Effect::Strike, Effect::Strike]
    {
        use_key(&mut pool, effect, START);
    }
    assert_eq!(status(&pool, 1, START), Status::Active);
}

#[test]
fn a_refused_key_waits_until_a_probe_refuses_it_while_others_are_served() {
    let mut pool = pool(2);
    let loan = pool.lease(P, "m", &[], START).unwrap();
    let refused = loan.key;
    pool.settle(P, "m", loan, Verdict::new(Effect::Reject, Reason::Unauthorized), START);
    assert_eq!(status(&pool, refused, START), Status::Cooling);
    assert!(!pool.refused(P, refused, Reason::Unauthorized, true, START), "nobody was served yet");
    assert_eq!(status(&pool, refused, START), Status::Cooling);
    use_key(&mut pool, Effect::Success, START.plus_ms(1));
    assert!(pool.refused(P, refused, Reason::Unauthorized, true, START.plus_ms(2)));
    let later = START.plus_secs(365 * 86_400);
    assert_eq!(status(&pool, refused, later), Status::Disabled);
}

#[test]
fn a_disabled_key_comes_back_only_when_enabled() {
    let mut pool = pool(1);
    pool.refused(P, 1, Reason::Unauthorized, false, START);
    let later = START.plus_secs(365 * 86_400);
    assert_eq!(pool.lease(P, "m", &[], later), Err(Refusal::AllDisabled { until: None }));
    pool.enable(P, 1, later);
    assert_eq!(use_key(&mut pool, Effect::Success, later), 1);
}

#[test]
fn a_manual_ban_is_not_shortened_by_failures() {
    let mut pool = pool(1);
    let loans: Vec<_> = (0..3).map(|_| pool.lease(P, "m", &[], START).unwrap()).collect();
    pool.disable(P, 1, Reason::Manual, None, START);
    for loan in loans {
        pool.settle(P, "m", loan, Verdict::new(Effect::Strike, Reason::Forbidden), START);
    }
    let later = START.plus_secs(7200);
    assert_eq!(status(&pool, 1, later), Status::Disabled);
}

#[test]
fn an_account_cools_with_all_its_keys() {
    let mut pool = pool(1);
    for id in 2..=3 {
        pool.put(P, &KeySpec { id, account: "a".into(), ..KeySpec::default() }, START);
    }
    let until = START.plus_secs(60);
    let cool = Effect::Cool { scope: Scope::Account, until: Until::At(until) };
    assert_eq!(use_key(&mut pool, Effect::Success, START), 1);
    assert_eq!(use_key(&mut pool, cool, START), 2);
    for _ in 0..3 {
        assert_eq!(use_key(&mut pool, Effect::Success, START), 1);
    }
    // A key that joins the account later shares its wait.
    pool.put(P, &KeySpec { id: 4, account: "a".into(), ..KeySpec::default() }, START);
    assert_eq!(status(&pool, 4, START), Status::Cooling);
    assert_eq!(status(&pool, 3, until), Status::Active);
}

#[test]
fn a_key_that_lacks_a_model_serves_the_others() {
    let mut pool = pool(2);
    let until = START.plus_secs(86_400);
    let loan = pool.lease(P, "big", &[], START).unwrap();
    let lacks = Effect::Cool { scope: Scope::KeyModel, until: Until::At(until) };
    pool.settle(P, "big", loan, Verdict::new(lacks, Reason::PlanLacksModel), START);
    for _ in 0..3 {
        assert_ne!(pool.lease(P, "big", &[], START).unwrap().key, loan.key);
    }
    let other = pool.lease(P, "big", &[], START).unwrap();
    pool.settle(P, "big", other, Verdict::new(lacks, Reason::PlanLacksModel), START);
    assert_eq!(pool.lease(P, "big", &[], START), Err(Refusal::ModelBlocked { until }));
    assert_eq!(status(&pool, loan.key, START), Status::Active);
    assert!(pool.lease(P, "small", &[], START).is_ok());
    assert!(pool.lease(P, "big", &[], until).is_ok());
}

#[test]
fn an_account_that_lacks_a_model_is_asked_for_it_once() {
    let mut pool = pool(1);
    for id in 2..=4 {
        pool.put(P, &KeySpec { id, account: "a".into(), ..KeySpec::default() }, START);
    }
    let until = START.plus_secs(86_400);
    let lacks = Effect::Cool { scope: Scope::AccountModel, until: Until::At(until) };
    let loan = pool.lease(P, "big", &[1], START).unwrap();
    pool.settle(P, "big", loan, Verdict::new(lacks, Reason::PlanLacksModel), START);
    for _ in 0..3 {
        assert_eq!(pool.lease(P, "big", &[], START).unwrap().key, 1);
    }
    assert_eq!(pool.lease(P, "big", &[1], START), Err(Refusal::AllTried));
    for key in 2..=4 {
        assert_eq!(status(&pool, key, START), Status::Active);
    }
    assert_ne!(pool.lease(P, "small", &[1], START).unwrap().key, loan.key);
    assert!(pool.lease(P, "big", &[1], until).is_ok());
}

#[test]
fn failures_of_one_moment_raise_the_wait_once() {
    let mut pool = pool(1);
    let loans: Vec<_> = (0..5).map(|_| pool.lease(P, "m", &[], START).unwrap()).collect();
    let busy = Effect::Cool { scope: Scope::Account, until: Until::Backoff };
    let now = START.plus_ms(10);
    for loan in loans {
        pool.settle(P, "m", loan, Verdict::new(busy, Reason::ConcurrencyLimit), now);
    }
    assert_eq!(
        pool.state(P, 1, now).unwrap().cooling,
        Some((Reason::ConcurrencyLimit, now.plus_ms(1000)))
    );
}

#[test]
fn a_short_wait_does_not_replace_a_long_one() {
    let mut pool = pool(1);
    let (a, b) = (pool.lease(P, "m", &[], START).unwrap(), pool.lease(P, "m", &[], START).unwrap());
    let cool = |secs| Effect::Cool { scope: Scope::Key, until: Until::At(START.plus_secs(secs)) };
    pool.settle(P, "m", a, Verdict::new(cool(1000), Reason::WeeklyLimit), START);
    pool.settle(P, "m", b, Verdict::new(cool(5), Reason::RateLimited), START);
    let cooling = pool.state(P, 1, START).unwrap().cooling;
    assert_eq!(cooling, Some((Reason::WeeklyLimit, START.plus_secs(1000))));
}

#[test]
fn an_expired_key_is_out_at_its_very_millisecond() {
    let mut pool = pool(0);
    let end = START.plus_secs(10);
    pool.put(P, &KeySpec { id: 1, expires_at: Some(end), ..KeySpec::default() }, START);
    assert!(pool.lease(P, "m", &[], end.plus_ms(-1)).is_ok());
    assert_eq!(pool.lease(P, "m", &[], end), Err(Refusal::AllDisabled { until: None }));
}

#[test]
fn what_was_stored_is_restored() {
    let mut first = pool(1);
    let until = START.plus_secs(500);
    let cool = Effect::Cool { scope: Scope::Key, until: Until::At(until) };
    use_key(&mut first, cool, START);
    let state = first.take_changes(START).pop().unwrap();
    assert!(first.take_changes(START).is_empty(), "a change is told once");

    let mut second = pool(0);
    let spec = KeySpec { id: 1, cooling: state.cooling, ..KeySpec::default() };
    second.put(P, &spec, START);
    assert_eq!(second.lease(P, "m", &[], START), Err(Refusal::AllCooling { until }));
}

#[test]
fn keys_that_come_change_nothing_that_must_be_written() {
    let spec = |id| KeySpec { id, account: "a".to_owned(), ..KeySpec::default() };
    let mut pool = pool(3);
    for id in 4..=6 {
        pool.put(P, &spec(id), START);
    }
    assert!(pool.take_changes(START).is_empty());

    let until = START.plus_secs(60);
    let cooling = Some((Reason::RateLimited, until));
    pool.put(P, &KeySpec { cooling, cooling_account: true, ..spec(7) }, START);
    assert_eq!(status(&pool, 4, START), Status::Cooling, "it brought its account's wait");
    for id in 4..=7 {
        pool.remove(P, id);
    }
    pool.put(P, &spec(8), START);
    assert_eq!(status(&pool, 8, START), Status::Active, "an account ends with its last key");
}
