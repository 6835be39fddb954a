//! The cache in Redis.

use std::time::Duration;

use bb8_redis::bb8::{ManageConnection, Pool, PooledConnection, RunError};
use bb8_redis::redis::aio::MultiplexedConnection;
use bb8_redis::redis::{FromRedisValue, RedisError as DriverError, ToRedisArgs, cmd, pipe};
use bytes::Bytes;
use tokio::runtime::Handle;

use super::Swept;
use super::fault::RedisError;
use super::rate::{self, Rate, Taken};
use super::server::RedisServer;
use crate::last_failure::LastFailure;

/// Longer, and the caller is better served by memory.
const TIMEOUT: Duration = Duration::from_secs(1);

const CONNECTIONS: u32 = 8;

/// Keys that Redis looks at in one step of a walk.
const SCANNED: usize = 1000;

/// The name under which a probe writes.
const PROBE: &str = "probe";

/// Counts, and gives the window its end with the first count, in one step.
const HIT: &str = r"
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count";

/// Opens connections on the runtime that made the pool: one opened on a web worker would die with
/// that worker.
struct Manager {
    server: RedisServer,
    home: Handle,
    last_failure: LastFailure<RedisError>,
}

impl ManageConnection for Manager {
    type Connection = MultiplexedConnection;
    type Error = RedisError;

    async fn connect(&self) -> Result<Self::Connection, Self::Error> {
        let server = self.server.clone();
        let opening = async move { server.connection().await };
        let opened = self.home.spawn(opening).await.unwrap_or(Err(RedisError::Away));
        self.last_failure.note(opened.as_ref().err().cloned());
        opened
    }

    async fn is_valid(&self, conn: &mut Self::Connection) -> Result<(), Self::Error> {
        Ok(cmd("PING").query_async(conn).await?)
    }

    fn has_broken(&self, _: &mut Self::Connection) -> bool {
        false
    }
}

/// Clones share the connections.
#[derive(Clone)]
pub struct Redis {
    pool: Pool<Manager>,
    last_failure: LastFailure<RedisError>,
    home: Handle,
    prefix: String,
}

impl Redis {
    /// A pool that connects when it is first used. Call this on the main runtime.
    pub fn open(server: RedisServer, prefix: &str) -> Self {
        let (home, last_failure) = (Handle::current(), LastFailure::default());
        let manager = Manager { server, home: home.clone(), last_failure: last_failure.clone() };
        let pool = Pool::builder().max_size(CONNECTIONS).connection_timeout(TIMEOUT);
        let pool = pool.build_unchecked(manager);
        Self { pool, last_failure, home, prefix: prefix.to_owned() }
    }

    async fn conn(&self) -> Result<PooledConnection<'_, Manager>, RedisError> {
        self.pool.get().await.map_err(|error| match error {
            RunError::User(error) => error,
            RunError::TimedOut => self.last_failure.get().unwrap_or(RedisError::Away),
        })
    }

    pub fn connections(&self) -> (u32, u32) {
        let state = self.pool.state();
        (state.connections, state.idle_connections)
    }

    pub async fn get(&self, name: &str) -> Result<Option<Bytes>, RedisError> {
        let mut conn = self.conn().await?;
        let mut get = cmd("GET");
        let get = get.arg(self.key(name));
        let found: Option<Vec<u8>> = in_time(get.query_async(&mut *conn)).await?;
        Ok(found.map(Bytes::from))
    }

    pub async fn set(&self, name: &str, value: &[u8], ttl: Duration) -> Result<(), RedisError> {
        let mut conn = self.conn().await?;
        let mut set = cmd("SET");
        let set = set.arg(self.key(name)).arg(value).arg("PX").arg(millis(ttl));
        in_time(set.query_async(&mut *conn)).await
    }

    pub async fn hit(&self, name: &str, window: Duration) -> Result<u64, RedisError> {
        self.eval(HIT, &[name], &[millis(window)]).await
    }

    pub async fn take(&self, name: &str, rate: Rate) -> Result<Taken, RedisError> {
        let args = [rate.step(), rate.window()];
        let (allowed, used): (bool, u64) = self.eval(rate::TAKE, &[name], &args).await?;
        Ok(rate.told(allowed, used))
    }

    /// Runs a script on these names: in one step, whoever else asks.
    pub async fn eval<T: FromRedisValue>(
        &self,
        script: &str,
        names: &[&str],
        args: &[impl ToRedisArgs],
    ) -> Result<T, RedisError> {
        let mut conn = self.conn().await?;
        let mut eval = cmd("EVAL");
        eval.arg(script).arg(names.len());
        for name in names {
            eval.arg(self.key(name));
        }
        for arg in args {
            eval.arg(arg);
        }
        in_time(eval.query_async(&mut *conn)).await
    }

    /// Whether it takes a write: one that is full, or only a copy, answers and still is of no use.
    pub async fn probe(&self) -> Result<(), RedisError> {
        self.set(PROBE, b"1", TIMEOUT).await
    }

    /// The runtime that drives the connections.
    pub fn home(&self) -> &Handle {
        &self.home
    }

    pub async fn hits(&self, name: &str) -> Result<u64, RedisError> {
        let mut conn = self.conn().await?;
        let mut get = cmd("GET");
        let get = get.arg(self.key(name));
        let found: Option<u64> = in_time(get.query_async(&mut *conn)).await?;
        Ok(found.unwrap_or(0))
    }

    pub async fn unlink(&self, names: &[String]) -> Result<(), RedisError> {
        if names.is_empty() {
            return Ok(());
        }
        let mut conn = self.conn().await?;
        let mut unlink = cmd("UNLINK");
        for name in names {
            unlink.arg(self.key(name));
        }
        in_time(unlink.query_async(&mut *conn)).await
    }

    pub async fn sweep(
        &self,
        prefix: &str,
        gone: impl Fn(&str) -> bool,
        swept: &mut Swept,
    ) -> Result<(), RedisError> {
        let pattern = format!("{}*", literal(&self.key(prefix)));
        let mut cursor: u64 = 0;
        loop {
            let mut conn = self.conn().await?;
            let mut scan = cmd("SCAN");
            let scan = scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(SCANNED);
            let (next, keys): (u64, Vec<String>) = in_time(scan.query_async(&mut *conn)).await?;
            let names: Vec<String> = keys
                .iter()
                .filter_map(|key| key.strip_prefix(&self.prefix))
                .map(str::to_owned)
                .collect();
            let sizes = self.sizes(&names).await?;
            let mut unwanted = Vec::new();
            for (name, size) in names.into_iter().zip(sizes) {
                let gone = gone(&name);
                swept.met(size, gone);
                if gone {
                    unwanted.push(name);
                }
            }
            self.unlink(&unwanted).await?;
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    async fn sizes(&self, names: &[String]) -> Result<Vec<usize>, RedisError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut conn = self.conn().await?;
        let mut lengths = pipe();
        for name in names {
            lengths.cmd("STRLEN").arg(self.key(name));
        }
        in_time(lengths.query_async(&mut *conn)).await
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

/// As a pattern of `MATCH` that means just this.
fn literal(text: &str) -> String {
    let special = |letter: &char| matches!(letter, '*' | '?' | '[' | ']' | '\\' | '^');
    text.chars().flat_map(|c| special(&c).then_some('\\').into_iter().chain([c])).collect()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

async fn in_time<T>(call: impl Future<Output = Result<T, DriverError>>) -> Result<T, RedisError> {
    match tokio::time::timeout(TIMEOUT, call).await {
        Ok(result) => result.map_err(RedisError::from),
        Err(_) => Err(RedisError::Away),
    }
}
