//! Segments left by processes that were killed, as the next one finds them.

use std::borrow::Cow;
use std::fs;
use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::clock::Millis;
use crate::models::retention::BATCH_IDS_KEPT;
use crate::models::usage::Batch;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Scope, Until, Verdict};
use crate::stats::open::Open;
use crate::stats::{Attempt, Outcome, Record, Tokens};

fn verdict() -> impl Strategy<Value = Verdict> {
    let cool = |scope, until| Effect::Cool { scope, until };
    prop_oneof![
        3 => Just(Verdict::SUCCESS),
        1 => Just(Verdict::CLIENT_LEFT),
        1 => Just(Verdict::new(Effect::Strike, Reason::Forbidden)),
        1 => Just(Verdict::new(Effect::Overloaded, Reason::UpstreamError)),
        1 => Just(Verdict::new(cool(Scope::KeyModel, Until::Backoff), Reason::RateLimited)),
        1 => any::<i64>().prop_map(move |at| {
            let until = Until::At(Millis(at));
            Verdict::new(cool(Scope::Account, until), Reason::AutoDisabled)
        }),
    ]
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let times = (0_i64..5_000, proptest::option::of(0_i64..5_000), 0_i64..90_000);
    (0_i64..4, verdict(), 0_u16..600, times).prop_map(
        |(key, verdict, status, (wait_ms, ttft_ms, duration_ms))| Attempt {
            provider: Arc::from("ollama"),
            key,
            verdict,
            status,
            wait_ms,
            ttft_ms,
            duration_ms,
        },
    )
}

fn record() -> impl Strategy<Value = Record> {
    let outcome =
        prop_oneof![Just(Outcome::Success), Just(Outcome::Failure), Just(Outcome::Cancelled)];
    let cache = prop_oneof![Just("HIT"), Just("MISS"), Just("BYPASS")];
    let names = (prop_oneof![Just("ollama"), Just("own")], "[a-c\"\\n\u{e9}]{0,3}", "[ -~]{0,8}");
    let numbers = (0_i64..3, 0_i64..10_000_000, 100_u16..600, 0_i64..200_000, 0_i64..9_000);
    let attempts = proptest::collection::vec(attempt(), 0..4);
    (names, numbers, outcome, cache, any::<bool>(), 0_i64..50, attempts).prop_map(
        |((provider, model, request_id), numbers, outcome, cache, stream, tokens, attempts)| {
            let (token, at, status, latency_ms, ttft_ms) = numbers;
            Record {
                provider: Arc::from(provider),
                model: Arc::from(model),
                token,
                request_id: HeaderValue::try_from(request_id).unwrap(),
                stream,
                cache: Cow::Borrowed(cache),
                at: Millis(at),
                outcome,
                status,
                latency_ms,
                ttft_ms,
                tokens: Tokens { prompt: tokens, completion: 2 * tokens },
                attempts,
            }
        },
    )
}

fn count(records: &[Record]) -> Batch {
    let mut open = Open::default();
    for record in records {
        open.add(record);
        open.lines.keep(record.clone());
    }
    open.into_batch("the batch".to_owned())
}

/// A batch's rows in an order of their own; lines are numbered anew each time.
fn rows(mut batch: Batch) -> Value {
    for line in &mut batch.lines {
        line.id.clear();
    }
    let mut batch = serde_json::to_value(batch).unwrap();
    for rows in batch.as_object_mut().unwrap().values_mut() {
        if let Value::Array(rows) = rows {
            rows.sort_by_key(Value::to_string);
        }
    }
    batch
}

fn read(segment: &mut Segment) -> Vec<Record> {
    let mut records = Vec::new();
    segment.read(|record| records.push(record)).unwrap();
    records
}

/// The one segment that is left over.
fn left_over(journal: &Journal) -> Segment {
    let paths = journal.look().unwrap();
    assert_eq!(paths.len(), 1);
    Segment::claim(&paths[0]).unwrap().expect("nobody is at it")
}

fn a_record() -> Record {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    record().new_tree(&mut TestRunner::deterministic()).unwrap().current()
}

proptest! {
    #[test]
    fn what_is_read_back_is_what_was_counted(
        records in proptest::collection::vec(record(), 0..20), cut in any::<prop::sample::Index>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::in_dir(dir.path());
        let mut segment = journal.begin().unwrap();
        let mut ends = vec![0];
        for record in &records {
            segment.append(Line::Done(record).to_bytes()).unwrap();
            ends.push(segment.bytes());
        }
        let id = segment.id().to_owned();
        drop(segment);
        // The process may die in the middle of a line.
        let path = journal.dir.join(&id);
        let end = cut.index(usize::try_from(ends[records.len()]).unwrap() + 1) as u64;
        fs::File::options().write(true).open(&path).unwrap().set_len(end).unwrap();
        let whole = ends.iter().filter(|line_end| **line_end <= end).count() - 1;

        for round in 0..2 {
            let mut segment = left_over(&journal);
            prop_assert_eq!(segment.id(), &id);
            let found = read(&mut segment);
            prop_assert_eq!(&found[..], &records[..whole], "round {}", round);
            prop_assert_eq!(rows(count(&found)), rows(count(&records[..whole])));
            segment.sending(Millis(7)).unwrap();
        }
        prop_assert!(!journal.done(left_over(&journal)).unwrap(), "not this process's own");
        prop_assert!(journal.look().unwrap().is_empty());
    }
}

#[test]
fn one_that_somebody_is_at_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, other) = (Journal::in_dir(dir.path()), Journal::in_dir(dir.path()));
    let mut segment = journal.begin().unwrap();
    segment.append(Line::Done(a_record()).to_bytes()).unwrap();
    let paths = other.look().unwrap();
    assert_eq!(paths.len(), 1);
    assert!(Segment::claim(&paths[0]).unwrap().is_none());
    journal.leave(segment);
    let claimed = left_over(&other);
    assert!(Segment::claim(&paths[0]).unwrap().is_none(), "now the other one is");
    drop(claimed);
    assert!(journal.done(left_over(&journal)).unwrap(), "its own");
    assert!(Segment::claim(&paths[0]).unwrap().is_none(), "it is gone");
}

#[test]
fn lines_that_cant_be_read_cost_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::in_dir(dir.path());
    let mut segment = journal.begin().unwrap();
    let good = || Line::Done(a_record()).to_bytes();
    for line in [good(), Ok(b"{\"Done\":{}}\n".to_vec()), Ok(vec![0xff, b'\n']), good()] {
        segment.append(line).unwrap();
    }
    let name = segment.id().to_owned();
    drop(segment);
    let mut segment = left_over(&journal);
    assert_eq!(read(&mut segment), [a_record(), a_record()]);
    journal.done(segment).unwrap();
    assert!(journal.look().unwrap().is_empty());
    assert!(journal.dir.join(name).with_extension("aside").exists());
}

/// After a power cut the file's end may be there without what was in it.
#[test]
fn an_end_of_zeros_is_no_line() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::in_dir(dir.path());
    let mut segment = journal.begin().unwrap();
    segment.append(Line::Done(a_record()).to_bytes()).unwrap();
    segment.append(Ok(vec![0; 5_000])).unwrap();
    let name = segment.id().to_owned();
    drop(segment);
    let mut segment = left_over(&journal);
    assert_eq!(read(&mut segment), [a_record()]);
    journal.done(segment).unwrap();
    assert!(!journal.dir.join(name).with_extension("aside").exists());
}

#[test]
fn what_may_be_counted_already_is_not_counted_again() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::in_dir(dir.path());
    let sent_at = Millis::from(chrono::DateTime::UNIX_EPOCH.naive_utc());
    let later = |by: TimeDelta| sent_at.plus_ms(by.num_milliseconds());
    let mut segment = journal.begin().unwrap();
    segment.append(Line::Done(a_record()).to_bytes()).unwrap();
    drop(segment);
    let mut segment = left_over(&journal);
    read(&mut segment);
    assert!(!segment.is_doubtful(later(BATCH_IDS_KEPT * 2)), "it was never sent");
    segment.sending(sent_at).unwrap();
    segment.sending(later(TimeDelta::hours(1))).unwrap();
    drop(segment);
    let mut segment = left_over(&journal);
    assert_eq!(read(&mut segment), [a_record()]);
    assert!(!segment.is_doubtful(later(BATCH_IDS_KEPT - TimeDelta::seconds(1))));
    assert!(segment.is_doubtful(later(BATCH_IDS_KEPT)), "its id may be forgotten");
}

#[test]
fn a_disk_that_takes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::in_dir(dir.path());
    fs::write(&journal.dir, "no directory").unwrap();
    assert!(journal.begin().is_none());
    fs::remove_file(&journal.dir).unwrap();
    assert!(journal.begin().is_some());
}

#[test]
fn there_is_an_end_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::in_dir(dir.path());
    let segment = journal.begin().unwrap();
    journal.state.lock().files = FILES_MAX - 1;
    journal.leave(segment);
    assert!(journal.begin().is_none());
    journal.look().unwrap();
    journal.state.lock().bytes = BYTES_MAX;
    assert!(journal.begin().is_none());
    journal.look().unwrap();
    assert!(journal.begin().is_some());
}
