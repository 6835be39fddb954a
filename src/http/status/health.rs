//! How each part of the program is.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::actors::guardian::Report;
use crate::actors::health_check::HealthCheckState;
use crate::actors::mail::MailState;
use crate::actors::stats::StatsState;
use crate::app::App;

/// How long a look at the database may take before it counts as away.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a look is good for, in milliseconds.
const FRESH_MS: i64 = 1000;

/// How the process is.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`, or `degraded` when a part is.
    #[schema(example = "ok")]
    status: &'static str,
    /// Of the program.
    #[schema(example = "4.0.0")]
    version: &'static str,
    /// Since the process began to serve.
    #[schema(example = 86400)]
    uptime_secs: u64,
    /// By name.
    providers: BTreeMap<String, ProviderHealth>,
    /// Its parts.
    components: Components,
    /// How often each actor had to be started anew, by cause.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, u64>>)]
    restarts: Report,
    /// Now.
    #[schema(example = "2026-11-23T13:12:11.480Z")]
    timestamp: String,
}

/// One upstream.
#[derive(Serialize, ToSchema)]
pub struct ProviderHealth {
    /// Switched on.
    enabled: bool,
    /// It has an address.
    configured: bool,
}

/// The parts.
#[derive(Serialize, ToSchema)]
pub struct Components {
    database: StoreHealth,
    cache: StoreHealth,
    key_pool: KeyPoolHealth,
    health_check: HealthCheckHealth,
    stats: StatsHealth,
    mail: MailHealth,
}

/// The database or the cache.
#[derive(Serialize, ToSchema)]
pub struct StoreHealth {
    /// `ok` or `degraded`.
    #[schema(example = "ok")]
    status: &'static str,
    /// `sqlite` or `postgres`, `memory` or `redis`.
    #[schema(example = "sqlite")]
    kind: &'static str,
}

/// The actor that lends keys.
#[derive(Serialize, ToSchema)]
pub struct KeyPoolHealth {
    /// `ok` or `degraded`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The keys are in memory.
    loaded: bool,
}

/// The actor that checks keys.
#[derive(Serialize, ToSchema)]
pub struct HealthCheckHealth {
    /// `ok` or `degraded`.
    #[schema(example = "ok")]
    status: &'static str,
    /// What it has done; null when it doesn't answer.
    state: Option<HealthCheckState>,
}

/// The actor that writes statistics.
#[derive(Serialize, ToSchema)]
pub struct StatsHealth {
    /// `ok` or `degraded`.
    #[schema(example = "ok")]
    status: &'static str,
    /// What it has done; null when it doesn't answer.
    state: Option<StatsState>,
}

/// The actor that sends mail.
#[derive(Serialize, ToSchema)]
pub struct MailHealth {
    /// `ok` or `degraded`.
    #[schema(example = "ok")]
    status: &'static str,
    /// `smtp`, or `directory` when mails are written to files.
    #[schema(example = "smtp")]
    kind: &'static str,
    /// What it has done; null when it doesn't answer.
    state: Option<MailState>,
}

/// The last look, for whoever asks within a second of it; who asks meanwhile waits for the one look
/// that is under way.
#[derive(Default)]
pub struct RecentHealth(Mutex<Option<(i64, Bytes)>>);

impl RecentHealth {
    /// The body of an answer.
    pub async fn get(&self, app: &App) -> Bytes {
        let mut last = self.0.lock().await;
        if let Some((at, body)) = &*last
            && app.clock.ticks() - at < FRESH_MS
        {
            return body.clone();
        }
        let body = Bytes::from(serde_json::to_vec(&Health::look(app).await).unwrap_or_default());
        // As old as its end: a look at a database that is away takes longer than it is fresh.
        *last = Some((app.clock.ticks(), body.clone()));
        body
    }
}

const fn good(good: bool) -> &'static str {
    if good { "ok" } else { "degraded" }
}

impl Health {
    /// Looks at every part.
    pub async fn look(app: &App) -> Self {
        let ping = tokio::time::timeout(PING_TIMEOUT, app.database.ping()).await;
        let database = matches!(ping, Ok(Ok(())));
        let pool = app.actors.key_pool.observe(crate::provider::DEFAULT).await;
        let stats = app.actors.stats.observe().await;
        let check = app.actors.health_check.observe().await;
        let mail = app.actors.mail.observe().await;
        let counting = stats.is_ok_and(|stats| !stats.failing);
        let sending = mail.is_ok_and(|mail| !mail.failing);
        let cache = !app.cache.is_degraded();
        let all = database && pool.is_ok() && counting && sending && check.is_ok() && cache;
        let providers = app.providers.all().into_iter();
        let providers = providers
            .map(|p| (p.id.clone(), ProviderHealth { enabled: p.enabled, configured: true }))
            .collect();
        let loaded = pool.is_ok_and(|pool| pool.loaded);
        Self {
            status: good(all),
            version: env!("CARGO_PKG_VERSION"),
            uptime_secs: app.started.elapsed().as_secs(),
            providers,
            components: Components {
                database: StoreHealth { status: good(database), kind: app.database.kind() },
                cache: StoreHealth { status: good(cache), kind: app.cache.kind() },
                key_pool: KeyPoolHealth { status: good(pool.is_ok()), loaded },
                health_check: HealthCheckHealth { status: good(check.is_ok()), state: check.ok() },
                stats: StatsHealth { status: good(counting), state: stats.ok() },
                mail: MailHealth {
                    status: good(sending),
                    kind: app.actors.mail.kind(),
                    state: mail.ok(),
                },
            },
            restarts: app.actors.restarts().await,
            timestamp: app.clock.now().rfc3339(),
        }
    }
}
