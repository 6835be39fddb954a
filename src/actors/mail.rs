//! The MailActor: sends the letters that wait, a few at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::prelude::{Actor, AsyncContext, Context, Handler, MessageResult};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::mailbox::{Mailbox, Unavailable};
use crate::auth::Email;
use crate::clock::Clock;
use crate::mail::{Counted, Failure, Language, Letter, Mailer, Message, Open, Queue, Taken};

/// Letters that are handed over at once: few, since mail servers limit connections.
const AT_ONCE: usize = 4;

/// Between two looks for letters whose next attempt is due.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What senders share. It outlives the actor.
pub struct Desk {
    mailer: Mailer,
    letters: Queue,
    turns: Arc<Semaphore>,
    failing: AtomicBool,
}

impl Desk {
    /// One without letters.
    pub fn new(mailer: Mailer, clock: Clock) -> Self {
        let (turns, failing) = (Arc::new(Semaphore::new(AT_ONCE)), AtomicBool::new(false));
        Self { mailer, letters: Queue::new(clock), turns, failing }
    }

    /// One line when the server begins to fail and one when it works again, not one a letter.
    fn note(&self, result: &Result<(), Failure>) {
        match result {
            Ok(()) => {
                if self.failing.swap(false, Ordering::Relaxed) {
                    log::info!("mail is sent again");
                }
            }
            Err(failure) if failure.is_general() => {
                if !self.failing.swap(true, Ordering::Relaxed) {
                    log::error!("mail can't be sent: {failure}");
                }
            }
            Err(_) => {}
        }
    }
}

/// Hands over this letter and the next ones that are due, over one connection.
async fn send(desk: Arc<Desk>, first: Taken, turn: OwnedSemaphorePermit) {
    let (mut open, mut next) = (Open::default(), Some(first));
    while let Some(taken) = next.take() {
        let result = desk.mailer.deliver(&mut open, taken.posted()).await;
        desk.note(&result);
        // While the server is away, the other letters wait for the next look.
        let go_on = !result.as_ref().is_err_and(Failure::is_general);
        match result {
            Ok(()) => taken.sent(),
            Err(failure) if failure.is_final() => {
                let domain = taken.posted().letter.to.domain();
                log::warn!("a mail to {domain} was given up: {failure}");
                taken.failed();
            }
            // Dropped, it is tried again.
            Err(_) => drop(taken),
        }
        next = if go_on { desk.letters.take() } else { None };
    }
    drop(turn);
    open.close().await;
}

/// Begins to send. Sending goes on in tasks of their own, whatever becomes of the actor.
pub struct MailActor {
    desk: Arc<Desk>,
}

impl MailActor {
    /// An actor at this desk.
    pub fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    fn look(&self) {
        while let Ok(turn) = self.desk.turns.clone().try_acquire_owned() {
            let Some(letter) = self.desk.letters.take() else { break };
            actix_web::rt::spawn(send(self.desk.clone(), letter, turn));
        }
    }
}

impl Actor for MailActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(LOOK_EVERY, |this, _| this.look());
    }
}

/// There is a letter.
#[derive(actix::Message)]
#[rtype(result = "()")]
struct Look;

impl Handler<Look> for MailActor {
    type Result = ();

    fn handle(&mut self, _: Look, _: &mut Self::Context) {
        self.look();
    }
}

/// What `/health` and tests see of the actor.
#[derive(Debug, Clone, Copy, serde::Serialize, utoipa::ToSchema)]
pub struct MailState {
    /// Letters that wait or are under way.
    #[schema(example = 0)]
    pub queued: u64,
    /// Letters handed over since the start.
    #[schema(example = 120)]
    pub sent: u64,
    /// Letters that were refused for good, or whose time was over.
    #[schema(example = 1)]
    pub failed: u64,
    /// Attempts that failed and were worth another.
    #[schema(example = 3)]
    pub retries: u64,
    /// The last attempt failed, and not because of its letter.
    pub failing: bool,
}

/// Asks for the [`MailState`].
#[derive(actix::Message)]
#[rtype(result = "MailState")]
struct Observe;

impl Handler<Observe> for MailActor {
    type Result = MessageResult<Observe>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        let Counted { queued, sent, failed, retries } = self.desk.letters.counted();
        let failing = self.desk.failing.load(Ordering::Relaxed);
        MessageResult(MailState { queued, sent, failed, retries, failing })
    }
}

/// Makes the actor panic, so that tests see it come back.
#[derive(actix::Message)]
#[rtype(result = "()")]
struct Crash;

impl Handler<Crash> for MailActor {
    type Result = ();

    #[expect(clippy::panic, reason = "that is what it is for")]
    fn handle(&mut self, _: Crash, _: &mut Self::Context) {
        panic!("asked to");
    }
}

/// How the rest of the program speaks with the actor.
#[derive(Clone)]
pub struct MailHandle {
    mailbox: Mailbox<MailActor>,
    desk: Arc<Desk>,
}

impl MailHandle {
    /// A handle to that mailbox and its desk.
    pub fn new(mailbox: Mailbox<MailActor>, desk: Arc<Desk>) -> Self {
        Self { mailbox, desk }
    }

    /// Posts a message: it is sent soon, and tried again while that makes sense. Never waits;
    /// refuses when too many letters wait already. `link_base` is where this service's pages are.
    pub fn post(
        &self,
        to: &Email,
        language: Language,
        message: Message,
        link_base: Option<&str>,
    ) -> Result<(), Unavailable> {
        let link_base = link_base.map(str::to_owned);
        self.desk.letters.post(Letter { to: to.clone(), language, message, link_base })?;
        self.mailbox.tell(Look);
        Ok(())
    }

    /// What brings the mails: `smtp` or `directory`.
    pub fn kind(&self) -> &'static str {
        self.desk.mailer.kind()
    }

    /// How it stands.
    pub async fn observe(&self) -> Result<MailState, Unavailable> {
        self.mailbox.ask(Observe).await
    }

    /// The process ends: what waits for its next attempt is tried now.
    pub fn hurry(&self) {
        self.desk.letters.hurry();
        self.mailbox.tell(Look);
    }

    /// Letters that wait or are under way.
    pub fn queued(&self) -> u64 {
        self.desk.letters.counted().queued
    }

    /// Makes the actor panic. For tests.
    pub fn crash(&self) {
        self.mailbox.tell(Crash);
    }
}
