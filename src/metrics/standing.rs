//! How the parts stand, asked when somebody wants to see. Written into a page of its own each time,
//! so that nothing is told of a part that no longer answers or a provider that is gone.

use std::time::Duration;

use futures_util::future::join_all;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use super::names::{
    ACTOR_RESTARTS, AUDIT_HEAD_AUTHENTIC, AUDIT_HEAD_HASH, AUDIT_HEAD_SEQ, BODIES_BYTES,
    BODIES_MAX_BYTES, BODIES_REFUSED, BUILD_INFO, DATABASE_CONNECTIONS, DATABASE_WAITS,
    HASHING_REFUSED, HASHING_WAITING, KEY_POOL_UP, KEYS, MAILBOX_DEPTH, REDIS_CONNECTIONS,
    REDIS_DEGRADED, REPLICAS, STATS_LAG, STATS_LINES_DROPPED, STATS_RECORDED, STATS_ROWS,
    STATS_WRITTEN, STATS_WRITTEN_AT, UNDER_WAY, UPTIME,
};
use super::providers::seconds;
use crate::actors::guardian::Cause;
use crate::app::App;
use crate::audit::DIGITS_MIN;

/// So long the guardian may take; the pool has a limit of its own.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How everything stands, in Prometheus' text format.
pub async fn page(app: &App) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    // Before anything is asked here: the questions of a scrape are not what it is to see.
    mailboxes(app, &recorder);
    tokio::join!(keys(app, &recorder), restarts(app, &recorder));
    statistics(app, &recorder);
    stores(app, &recorder);
    bodies(app, &recorder);
    hashing(app, &recorder);
    audit(app, &recorder);
    let build = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("database", app.database.kind()),
        ("cache", app.cache.kind()),
    ];
    BUILD_INFO.set(&recorder, &build, 1.0);
    UPTIME.set(&recorder, &[], app.started.elapsed().as_secs_f64());
    recorder.handle().render()
}

async fn keys(app: &App, recorder: &PrometheusRecorder) {
    let providers = app.providers.all();
    let asked = providers.iter().map(|provider| app.actors.key_pool.observe(&provider.id));
    let mut up = true;
    for (provider, state) in providers.iter().zip(join_all(asked).await) {
        let Some(state) = state.ok().filter(|state| state.loaded) else {
            up = false;
            continue;
        };
        for (status, count) in [
            ("active", state.counts.active),
            ("cooling", state.counts.cooling),
            ("disabled", state.counts.disabled),
            ("expired", state.counts.expired),
        ] {
            let labels = [("provider", &*provider.id), ("status", status)];
            KEYS.set(recorder, &labels, number(count));
        }
    }
    KEY_POOL_UP.set(recorder, &[], f64::from(u8::from(up)));
}

fn mailboxes(app: &App, recorder: &PrometheusRecorder) {
    for depth in app.actors.mailboxes() {
        MAILBOX_DEPTH.set(recorder, &[("actor", depth.actor())], number(depth.now()));
    }
}

async fn restarts(app: &App, recorder: &PrometheusRecorder) {
    let Ok(report) = tokio::time::timeout(TIMEOUT, app.actors.restarts()).await else { return };
    for depth in app.actors.mailboxes() {
        for cause in [Cause::Panicked, Cause::ThreadLost] {
            let known = report.get(depth.actor()).and_then(|causes| causes.get(&cause));
            let labels = [("actor", depth.actor()), ("cause", cause.as_str())];
            ACTOR_RESTARTS.total(recorder, &labels, known.copied().unwrap_or(0));
        }
    }
}

fn statistics(app: &App, recorder: &PrometheusRecorder) {
    let (stats, backlog) = (app.actors.stats.counted(), app.actors.stats.backlog());
    UNDER_WAY.set(recorder, &[], count(app.actors.stats.under_way()));
    STATS_LAG.set(recorder, &[], backlog.age.unwrap_or_default().as_secs_f64());
    STATS_WRITTEN_AT.set(recorder, &[], seconds(backlog.written_at.0));
    for (table, rows) in backlog.rows {
        STATS_ROWS.set(recorder, &[("table", table)], number(rows));
    }
    STATS_RECORDED.total(recorder, &[], stats.recorded);
    STATS_WRITTEN.total(recorder, &[], stats.written);
    STATS_LINES_DROPPED.total(recorder, &[], stats.lines_dropped);
}

fn stores(app: &App, recorder: &PrometheusRecorder) {
    let pool = app.database.connections();
    for (state, connections) in [("busy", pool.open.saturating_sub(pool.idle)), ("idle", pool.idle)]
    {
        DATABASE_CONNECTIONS.set(recorder, &[("state", state)], f64::from(connections));
    }
    for (how, times) in
        [("direct", pool.direct), ("waited", pool.waited), ("timed_out", pool.timed_out)]
    {
        DATABASE_WAITS.total(recorder, &[("result", how)], times);
    }
    let Some((open, idle)) = app.cache.connections() else { return };
    for (state, connections) in [("busy", open.saturating_sub(idle)), ("idle", idle)] {
        REDIS_CONNECTIONS.set(recorder, &[("state", state)], f64::from(connections));
    }
    REDIS_DEGRADED.set(recorder, &[], f64::from(u8::from(app.cache.is_degraded())));
    REPLICAS.set(recorder, &[], count(app.peers.share().count));
}

fn bodies(app: &App, recorder: &PrometheusRecorder) {
    let bytes = |bytes: usize| whole(bytes.try_into().unwrap_or(u64::MAX));
    BODIES_BYTES.set(recorder, &[], bytes(app.bodies.held()));
    BODIES_MAX_BYTES.set(recorder, &[], bytes(app.bodies.max()));
    for (full, refused) in app.bodies.refused() {
        BODIES_REFUSED.total(recorder, &[("full", full)], refused);
    }
}

fn hashing(app: &App, recorder: &PrometheusRecorder) {
    for lane in app.passwords.lanes() {
        HASHING_WAITING.set(recorder, &[("lane", lane.name)], number(lane.waiting));
        HASHING_REFUSED.total(recorder, &[("lane", lane.name)], lane.refused);
    }
}

/// Nothing before the first look.
fn audit(app: &App, recorder: &PrometheusRecorder) {
    let Some(seen) = app.audit_head.get() else { return };
    let digits = seen.hash.get(..DIGITS_MIN).unwrap_or("0");
    let hash = u64::from_str_radix(digits, 16).unwrap_or_default();
    AUDIT_HEAD_SEQ.set(recorder, &[], whole(seen.seq.unsigned_abs()));
    AUDIT_HEAD_HASH.set(recorder, &[], whole(hash));
    AUDIT_HEAD_AUTHENTIC.set(recorder, &[], f64::from(u8::from(seen.is_authentic)));
}

/// Exact up to 2^53.
fn whole(number: u64) -> f64 {
    let half = |number: u64| f64::from(u32::try_from(number & 0xffff_ffff).unwrap_or(u32::MAX));
    half(number >> 32).mul_add(4_294_967_296.0, half(number))
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn count(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
