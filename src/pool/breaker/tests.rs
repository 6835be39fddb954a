//! Who opens a circuit breaker, for whom, and how it closes.

use super::*;

const START: Millis = Millis(1_700_000_000_000);
const POISON: Source = of(7);

const fn of(token: i64) -> Source {
    Source { token, body: Some(0) }
}

fn at(ms: i64) -> Millis {
    START.plus_ms(ms)
}

fn refused(breaker: &mut Breaker, source: Source, now: Millis) -> bool {
    matches!(breaker.admit(source, now), Admission::Refuse { .. })
}

#[test]
fn a_request_that_always_fails_shuts_out_itself_only() {
    let mut breaker = Breaker::default();
    for second in 0..60 {
        let now = at(second * 1000);
        if !refused(&mut breaker, POISON, now) {
            breaker.failed(POISON, true, false, Reason::UpstreamError, now);
        }
        for good in 0..15 {
            let now = at(second * 1000 + 20 + good);
            assert_eq!(breaker.admit(of(100 + good), now), Admission::Pass);
            breaker.served(now);
        }
    }
}

#[test]
fn half_of_ten_requests_open_it_and_a_probe_closes_it() {
    let mut breaker = Breaker::default();
    for n in 0..5 {
        breaker.served(at(n));
    }
    for n in 0..4 {
        assert!(!breaker.failed(of(n), false, false, Reason::Overloaded, at(100)));
    }
    assert_eq!(breaker.admit(of(99), at(100)), Admission::Pass);
    assert!(breaker.failed(of(5), false, false, Reason::Overloaded, at(100)));
    let until = at(100 + PROBE_EVERY_MS);
    let refusal = Admission::Refuse { until, reason: Reason::Overloaded };
    assert_eq!(breaker.admit(of(99), at(101)), refusal);
    assert_eq!(breaker.view(at(101)).state, State::Open);
    assert_eq!(breaker.admit(of(99), until), Admission::Probe);
    assert_eq!(breaker.view(until).state, State::HalfOpen);
    assert!(refused(&mut breaker, of(98), until), "a single probe at a time");
    breaker.failed(of(99), false, false, Reason::Overloaded, until);
    assert!(refused(&mut breaker, of(98), until));
    assert_eq!(breaker.admit(of(98), until.plus_ms(PROBE_EVERY_MS)), Admission::Probe);
    assert!(breaker.served(until.plus_ms(PROBE_EVERY_MS)));
    assert_eq!(breaker.admit(of(97), until.plus_ms(PROBE_EVERY_MS)), Admission::Pass);
    breaker.failed(of(97), false, false, Reason::Overloaded, until.plus_ms(PROBE_EVERY_MS + 1));
    assert_eq!(breaker.admit(of(96), until.plus_ms(PROBE_EVERY_MS + 2)), Admission::Pass);
}

#[test]
fn ten_failures_in_a_row_open_it_whatever_was_before() {
    let mut breaker = Breaker::default();
    (0..5_000).for_each(|n| {
        breaker.served(at(n));
    });
    for n in 0..9 {
        assert!(!breaker.failed(of(n), false, false, Reason::TimedOut, at(6_000)));
    }
    breaker.served(at(6_001));
    for n in 0..9 {
        assert!(!breaker.failed(of(n), false, false, Reason::TimedOut, at(6_002)));
    }
    assert!(breaker.failed(of(9), false, false, Reason::TimedOut, at(6_003)));
}

#[test]
fn what_is_older_than_the_window_is_forgotten() {
    let mut breaker = Breaker::default();
    for n in 0..9 {
        breaker.failed(of(n), false, false, Reason::Overloaded, at(0));
    }
    let later = at(30_000);
    assert!(!breaker.failed(of(9), false, false, Reason::Overloaded, later));
    assert_eq!(breaker.view(later).failures, 1);
}

#[test]
fn two_sources_that_agree_open_it_for_everybody() {
    let mut breaker = Breaker::default();
    assert!(!breaker.failed(of(1), true, false, Reason::Unauthorized, at(0)));
    assert!(refused(&mut breaker, of(1), at(1)));
    assert_eq!(breaker.admit(of(2), at(1)), Admission::Pass);
    assert!(breaker.failed(of(2), true, false, Reason::Unauthorized, at(2)));
    assert!(refused(&mut breaker, of(3), at(3)));
}

#[test]
fn a_client_that_fails_with_many_bodies_shuts_out_itself_only() {
    for alone in [false, true] {
        let mut breaker = Breaker::default();
        for body in 0..20 {
            let source = Source { token: 7, body: Some(body) };
            let opened = breaker.failed(source, true, alone, Reason::UpstreamError, at(10));
            assert_eq!(opened, alone && body == 1, "as good as everybody when nobody else asks");
        }
        assert!(refused(&mut breaker, POISON, at(40)));
        assert!(refused(&mut breaker, Source { body: None, ..POISON }, at(40)));
        assert_eq!(breaker.admit(of(1), at(40)), Admission::Pass);
        assert_eq!((breaker.view(at(40)).one_client, breaker.told().1), (!alone, None));
        // Another one fails, too.
        assert_eq!(breaker.failed(of(1), true, false, Reason::UpstreamError, at(50)), !alone);
        assert!(refused(&mut breaker, of(2), at(50)));
    }
}

#[test]
fn one_client_alone_is_refused_until_the_probe() {
    let mut breaker = Breaker::default();
    for n in 0..10 {
        breaker.failed(of(1), false, false, Reason::TimedOut, at(n));
    }
    assert!(refused(&mut breaker, of(1), at(20)));
    assert_eq!(breaker.admit(of(1), at(10 + PROBE_EVERY_MS)), Admission::Probe);
}

#[test]
fn a_late_opening_of_another_replica_does_not_undo_a_success() {
    let opened = Some((Reason::Overloaded, at(10)));
    for order in [true, false] {
        let mut breaker = Breaker::default();
        if order {
            breaker.merge(at(20), None, at(30));
            breaker.merge(Millis(0), opened, at(30));
        } else {
            breaker.merge(Millis(0), opened, at(30));
            assert!(breaker.is_open());
            breaker.merge(at(20), None, at(30));
        }
        assert!(!breaker.is_open());
    }
}
