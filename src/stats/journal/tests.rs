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
use crate::stats::{Attempt, Outcome, Record, Tokens, ToldError};
use crate::upstream::said::Said;

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
    let said = proptest::option::of(("[a-z_]{0,5}", any::<String>()));
    (0_i64..4, "[a-b]{0,1}", verdict(), 0_u16..600, times, said).prop_map(
        |(key, model, verdict, status, (wait_ms, ttft_ms, duration_ms), said)| Attempt {
            provider: Arc::from("ollama"),
            model: Arc::from(model),
            key,
            verdict,
            status,
            wait_ms,
            ttft_ms,
            duration_ms,
            said: said.map(|(code, message)| Box::new(Said { code, message })),
        },
    )
}

fn record() -> impl Strategy<Value = Record> {
    let outcome = prop_oneof![
        Just(Outcome::Success),
        Just(Outcome::Failure),
        Just(Outcome::Cancelled),
        Just(Outcome::ClientError),
        Just(Outcome::Refused),
    ];
    let cache = prop_oneof![Just("HIT"), Just("MISS"), Just("BYPASS")];
    let names = (prop_oneof![Just("ollama"), Just("own")], "[a-c\"\\n\u{e9}]{0,3}", "[ -~]{0,8}");
    let numbers = (0_i64..3, 0_i64..10_000_000, 100_u16..600, 0_i64..200_000, 0_i64..9_000);
    let attempts = proptest::collection::vec(attempt(), 0..4);
    (names, numbers, outcome, cache, any::<bool>(), 0_i64..50, attempts).prop_map(
        |((provider, model, request_id), numbers, outcome, cache, stream, tokens, attempts)| {
            let (token, at, status, latency_ms, ttft_ms) = numbers;
            Record {
                provider: Arc::from(provider),
                asked: Arc::from(format!("{model}-alias")),
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
                attempts: if outcome == Outcome::Refused { Vec::new() } else { attempts },
                told: matches!(outcome, Outcome::Refused | Outcome::Failure).then(told),
            }
        },
    )
}

fn told() -> Box<ToldError> {
    let message = Cow::Borrowed("ollama: every key waits (\"cooling\": 3)");
    Box::new(ToldError { code: Cow::Borrowed("all_keys_cooling"), message })
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

fn done(record: Record) -> Vec<u8> {
    Line::Done { request: 1, record }.to_bytes()
}

fn a_record() -> Record {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    record().new_tree(&mut TestRunner::deterministic()).unwrap().current()
}

/// What happens to one request, and what is left of it when its process is killed after so many of
/// its lines.
#[derive(Debug, Clone)]
struct Request {
    record: Record,
    attempts: usize,
    ends: bool,
}

impl Request {
    fn lines(&self, number: usize) -> Vec<Vec<u8>> {
        let (request, record) = (number as u64, &self.record);
        let begun = |key| Line::Begun { request, record, key }.to_bytes();
        let mut lines: Vec<_> = (0..self.attempts).map(|n| begun(n as i64)).collect();
        lines.extend(self.ends.then(|| Line::Done { request, record }.to_bytes()));
        lines
    }

    fn left(&self, lines: usize, closed: bool) -> Option<Record> {
        let ended = self.ends && lines > self.attempts;
        let under_way = || lines.checked_sub(1).filter(|_| !closed);
        let with_key = || under_way().map(|key| self.record.clone().left_with(key as i64));
        if ended { Some(self.record.clone()) } else { with_key() }
    }
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let request = (record(), 0_usize..3, any::<bool>())
        .prop_map(|(record, attempts, ends)| Request { record, attempts, ends });
    proptest::collection::vec(request, 0..15)
}

/// Which request has its next line now; `None` when all are written.
fn next(lines: &[Vec<Vec<u8>>], random: &mut fastrand::Rng) -> Option<usize> {
    let open: Vec<_> = (0..lines.len()).filter(|n| !lines[*n].is_empty()).collect();
    random.choice(open)
}

proptest! {
    /// Whatever is written in whichever order, and wherever it is cut off.
    #[test]
    fn what_is_read_back_is_what_was_counted(
        requests in requests(),
        order in any::<u64>(),
        cut in any::<prop::sample::Index>(),
        closed in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::in_dir(dir.path());
        let mut segment = journal.begin().unwrap();
        let mut lines: Vec<_> = requests.iter().enumerate().map(|(n, one)| one.lines(n)).collect();
        let (mut written, mut random) = (Vec::new(), fastrand::Rng::with_seed(order));
        while let Some(which) = next(&lines, &mut random) {
            segment.append(&lines[which].remove(0)).unwrap();
            written.push((segment.bytes(), which));
        }
        let end = match closed {
            true => {
                segment.append(&Line::<()>::Closed.to_bytes()).unwrap();
                segment.bytes()
            }
            false => cut.index(usize::try_from(segment.bytes()).unwrap() + 1) as u64,
        };
        let id = segment.id().to_owned();
        drop(segment);
        // The process may die in the middle of a line.
        let file = fs::File::options().write(true).open(journal.dir.join(&id)).unwrap();
        file.set_len(end).unwrap();

        let whole = |n| written.iter().filter(|(at, which)| *at <= end && *which == n).count();
        let left = |(n, one): (usize, &Request)| one.left(whole(n), closed);
        let expected: Vec<_> = requests.iter().enumerate().filter_map(left).collect();
        for _ in 0..2 {
            let mut segment = left_over(&journal);
            prop_assert_eq!(segment.id(), &id);
            let found = read(&mut segment);
            prop_assert_eq!(rows(count(&found)), rows(count(&expected)));
            let text = |records: &[Record]| {
                let mut all: Vec<_> = records.iter().map(|one| format!("{one:?}")).collect();
                all.sort();
                all
            };
            prop_assert_eq!(text(&found), text(&expected));
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
    segment.append(&done(a_record())).unwrap();
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
    let good = done(a_record());
    for line in [&good, &b"{\"Done\":{}}\n"[..], b"\xff\n", &good] {
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
    segment.append(&done(a_record())).unwrap();
    segment.append(&[0; 5_000]).unwrap();
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
    segment.append(&done(a_record())).unwrap();
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

/// What the version before this one has left is counted as it was.
#[test]
fn lines_of_the_former_version_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::in_dir(dir.path());
    let line = r#"{"Done":{"request":0,"record":{"provider":"ollama","model":"m","token":1,
        "request_id":"id","stream":false,"cache":"BYPASS","at":1,"outcome":"Failure","status":502,
        "latency_ms":2,"ttft_ms":2,"tokens":{"prompt":0,"completion":0},"attempts":[
        {"provider":"ollama","key":3,"verdict":{"effect":"Overloaded","reason":"UpstreamError"},
        "status":500,"wait_ms":0,"ttft_ms":null,"duration_ms":2}]}}}"#;
    let mut segment = journal.begin().unwrap();
    segment.append(format!("{}\n", line.replace('\n', "")).as_bytes()).unwrap();
    drop(segment);
    let found = read(&mut left_over(&journal));
    assert_eq!((found.len(), found[0].attempts.len()), (1, 1));
    assert_eq!((&*found[0].asked, &found[0].told), ("", &None));
}

/// A refusal never begins: its line alone counts it, by its reason, once.
#[test]
fn refusals_are_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::in_dir(dir.path());
    let mut segment = journal.begin().unwrap();
    let refused = |token| Record {
        outcome: Outcome::Refused,
        attempts: Vec::new(),
        told: Some(told()),
        token,
        ..a_record()
    };
    let records = [refused(7), refused(7), refused(0)];
    for (request, record) in (0..).zip(&records) {
        segment.append(&Line::Done { request, record }.to_bytes()).unwrap();
    }
    drop(segment);
    let found = read(&mut left_over(&journal));
    assert_eq!(found, records);
    let batch = count(&found);
    let rows: Vec<_> =
        batch.refusals.iter().map(|row| (&*row.reason, row.token_id, row.refused)).collect();
    assert_eq!(rows, [("all_keys_cooling", 0, 1), ("all_keys_cooling", 7, 2)]);
    let hours: Vec<_> = batch.hours.iter().map(|row| (row.token_id, row.refused)).collect();
    assert_eq!((hours, batch.requests(), batch.lines.len()), (vec![(7, 2)], 3, 3));
    assert!(batch.tokens.is_empty() && batch.latency.is_empty());
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

#[test]
fn callers_that_nobody_knows_take_a_part_of_the_room() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::in_dir(home.path());
    assert!(journal.has_room_for_strangers());
    let left = home.path().join("unwritten");
    fs::create_dir_all(&left).unwrap();
    let file = fs::File::create(left.join(uuid::Uuid::now_v7().to_string())).unwrap();
    file.set_len(STRANGERS_BYTES_MAX).unwrap();
    journal.look().unwrap();
    assert!(!journal.has_room_for_strangers());
    assert!(journal.begin().is_some(), "known callers have the rest");
}
