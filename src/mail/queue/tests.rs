//! No letter is lost, sent early, sent late or counted twice, whatever happens to it.

use proptest::prelude::*;
use uuid::Uuid;

use super::{LETTERS_MAX, Pile, Posted, Queue, RETRY_MS, RETRY_MS_MAX, wait_after};
use crate::auth::Email;
use crate::clock::{Clock, Millis};
use crate::mail::{Language, Letter, Message};

fn letter() -> Letter {
    let to = Email::parse("ann@example.org").expect("an address");
    Letter { to, language: Language::English, message: Message::Approved, link_base: None }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A letter that is good for so long.
    Post(i64),
    Take,
    Sent,
    Failed,
    Back,
    Pass(i64),
    Hurry,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..100_000_i64).prop_map(Step::Post),
        6 => Just(Step::Take),
        2 => Just(Step::Sent),
        1 => Just(Step::Failed),
        3 => Just(Step::Back),
        3 => (0..70_000_i64).prop_map(Step::Pass),
        1 => Just(Step::Hurry),
    ]
}

proptest! {
    #[test]
    fn every_letter_is_somewhere(steps in proptest::collection::vec(step(), 1..200)) {
        let (mut pile, mut now, mut posted, mut given_up) = (Pile::default(), 0, 0, 0);
        let mut taken = Vec::new();
        for step in steps {
            match step {
                Step::Post(good_for) => {
                    let (id, at, until) = (Uuid::now_v7(), Millis(0), now + good_for);
                    pile.put(Posted { id, at, letter: letter(), until, attempts: 0 }, now);
                    posted += 1;
                }
                Step::Take => {
                    let is_due = |(due, _): &(i64, u64)| *due <= now;
                    let due = pile.waiting.keys().filter(|key| is_due(key)).count() as u64;
                    let (one, late) = pile.take(now);
                    prop_assert!(late <= due && (one.is_some() || late == due));
                    given_up += late;
                    if let Some(one) = one {
                        prop_assert!(one.until > now, "it is still good");
                        taken.push(one);
                    }
                }
                Step::Sent if taken.pop().is_some() => pile.sent(),
                Step::Failed if taken.pop().is_some() => pile.failed(),
                Step::Back => if let Some(one) = taken.pop() {
                    let attempts = one.attempts;
                    pile.put_back(one, now);
                    let wait = if pile.hurried { RETRY_MS } else { wait_after(attempts) };
                    prop_assert!(pile.waiting.keys().any(|(due, _)| *due == now + wait));
                },
                Step::Pass(ms) => now += ms,
                Step::Hurry => {
                    pile.hurry(now);
                    prop_assert!(pile.waiting.keys().all(|(due, _)| *due == now));
                }
                Step::Sent | Step::Failed => {}
            }
            let counted = pile.counted();
            prop_assert_eq!(counted.queued + counted.sent + counted.failed, posted);
            prop_assert_eq!(pile.under_way, taken.len());
            prop_assert!(counted.failed >= given_up);
        }
    }

    #[test]
    fn waits_grow_up_to_a_minute(attempts in 0..u32::MAX) {
        let (this, next) = (wait_after(attempts), wait_after(attempts.saturating_add(1)));
        prop_assert!((RETRY_MS..=RETRY_MS_MAX).contains(&this) && this <= next);
    }
}

#[test]
fn waits_double() {
    let waits = [0, 1, 2, 3, 4, 5, 6].map(wait_after);
    assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]);
}

#[test]
fn letters_go_in_the_order_of_posting_and_one_that_is_dropped_goes_back() {
    let clock = Clock::default();
    let queue = Queue::new(clock.clone());
    for _ in 0..2 {
        queue.post(letter()).expect("there is room");
    }
    let (first, second) = (queue.take().expect("a letter"), queue.take().expect("another"));
    assert!(first.posted().id < second.posted().id);
    assert!(queue.take().is_none());
    let id = first.posted().id;
    drop(first);
    second.sent();
    assert!(queue.take().is_none(), "not at once");
    clock.advance(std::time::Duration::from_secs(1));
    let again = queue.take().expect("it is back");
    assert_eq!(again.posted().id, id);
    again.failed();
    let counted = queue.counted();
    assert_eq!((counted.queued, counted.sent, counted.failed, counted.retries), (0, 1, 1, 1));
}

#[test]
fn letters_under_way_take_room() {
    let queue = Queue::new(Clock::default());
    (0..LETTERS_MAX).for_each(|_| queue.post(letter()).expect("there is room"));
    assert!(queue.post(letter()).is_err());
    let taken = queue.take().expect("a letter");
    assert!(queue.post(letter()).is_err(), "it may come back");
    taken.sent();
    assert!(queue.post(letter()).is_ok() && queue.post(letter()).is_err());
}
