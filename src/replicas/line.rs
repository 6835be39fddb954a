//! The connection over which replicas speak.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bb8_redis::redis::aio::MultiplexedConnection;
use bb8_redis::redis::{Msg, cmd};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::News;
use super::hearing::Hearing;
use super::look::Wanted;
use super::wire::Message;
use crate::app::App;
use crate::cache::{RedisError, RedisServer};

/// Longer, and Redis counts as away.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Between two tries to reach it.
const RETRY_EVERY: Duration = Duration::from_millis(500);

/// How often a process says that it is there: so a gap is noticed soon, and a dead connection.
const HELLO_EVERY: Duration = Duration::from_secs(2);

/// Whoever hears not even itself so long has a dead connection.
const SILENCE_MAX: Duration = Duration::from_secs(8);

/// A longer message is no message.
const BYTES_MAX: usize = 1 << 20;

/// What replicas speak over.
pub struct Line {
    redis: RedisServer,
    channel: String,
    me: String,
    seq: u64,
    news: mpsc::Receiver<News>,
    dropped: Arc<AtomicBool>,
}

impl Line {
    pub(super) fn new(
        redis: RedisServer,
        channel: String,
        me: Uuid,
        news: mpsc::Receiver<News>,
        dropped: &Arc<AtomicBool>,
    ) -> Self {
        let (me, dropped) = (me.to_string(), dropped.clone());
        Self { redis, channel, me, seq: 0, news, dropped }
    }

    /// Speaks and listens, for ever.
    pub async fn follow(mut self, app: &App, wanted: &Wanted) {
        let mut told = false;
        loop {
            let Err(error) = self.while_up(app, wanted, &mut told).await;
            if !std::mem::replace(&mut told, true) {
                log::error!("{error}; other replicas read the database meanwhile");
            }
            tokio::time::sleep(RETRY_EVERY).await;
            // It is in the database. The number that is left out tells those who still listen.
            while self.news.try_recv().is_ok() {}
            self.seq += 1;
        }
    }

    async fn while_up(
        &mut self,
        app: &App,
        wanted: &Wanted,
        told: &mut bool,
    ) -> Result<std::convert::Infallible, RedisError> {
        let mut ears = in_time(self.redis.pubsub()).await?;
        in_time(ears.subscribe(&self.channel)).await?;
        let mut mouth = in_time(self.redis.connection()).await?;
        if std::mem::take(told) {
            log::info!("other replicas can be heard again");
        }
        // From here on nothing is missed; what was before is in the database.
        wanted.everything();
        let mut messages = ears.on_message();
        let (mut hearing, mut heard_at) = (Hearing::default(), Instant::now());
        let mut hello = tokio::time::interval(HELLO_EVERY);
        loop {
            tokio::select! {
                Some(news) = self.news.recv() => self.say(&mut mouth, news).await?,
                message = messages.next() => {
                    heard_at = Instant::now();
                    self.hear(&message.ok_or(RedisError::Away)?, &mut hearing, app, wanted);
                }
                _ = hello.tick() => {
                    if heard_at.elapsed() > SILENCE_MAX {
                        return Err(RedisError::Away);
                    }
                    self.say(&mut mouth, News::default()).await?;
                }
            }
        }
    }

    async fn say(
        &mut self,
        mouth: &mut MultiplexedConnection,
        news: News,
    ) -> Result<(), RedisError> {
        self.seq += u64::from(self.dropped.swap(false, Ordering::Relaxed));
        for piece in news.pieces() {
            self.seq += 1;
            let message = Message::new(&self.me, self.seq, &piece);
            let text = serde_json::to_vec(&message).map_err(|_| RedisError::Away)?;
            let mut publish = cmd("PUBLISH");
            in_time(publish.arg(&self.channel).arg(text).query_async::<()>(mouth)).await?;
        }
        Ok(())
    }

    fn hear(&self, message: &Msg, hearing: &mut Hearing, app: &App, wanted: &Wanted) {
        let bytes = message.get_payload_bytes();
        let read = Some(bytes).filter(|bytes| bytes.len() <= BYTES_MAX);
        let Some(message) = read.and_then(|bytes| serde_json::from_slice::<Message>(bytes).ok())
        else {
            wanted.everything();
            return;
        };
        if message.from == self.me {
            return;
        }
        if !hearing.is_next(&message.from, message.seq) {
            wanted.everything();
        }
        let News { keys, models, added, removed, changed, settings } = message.news();
        if !keys.is_empty() || !models.is_empty() {
            app.actors.key_pool.adopt(keys, models);
        }
        if !removed.is_empty() {
            app.actors.key_pool.gone(removed);
        }
        if added || settings || !changed.is_empty() {
            wanted.these(added, settings, &changed);
        }
    }
}

async fn in_time<T, E>(call: impl Future<Output = Result<T, E>>) -> Result<T, RedisError>
where
    RedisError: From<E>,
{
    match tokio::time::timeout(TIMEOUT, call).await {
        Ok(answer) => answer.map_err(RedisError::from),
        Err(_) => Err(RedisError::Away),
    }
}
