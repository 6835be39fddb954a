//! The MailActor: sends the letters that wait.

use actix::prelude::{Actor, Context, Handler, MessageResult};

use super::mailbox::{Mailbox, Unavailable};
use crate::auth::Email;
use crate::mail::{Counted, Language, Letter, Message, Queue};

/// Sends letters, and tries again those that could not be handed over.
pub struct MailActor {
    letters: Queue,
}

impl MailActor {
    /// An actor over these letters, which outlive it.
    pub fn new(letters: Queue) -> Self {
        Self { letters }
    }
}

impl Actor for MailActor {
    type Context = Context<Self>;
}

/// What `/health` and tests see of the actor.
#[derive(Debug, Clone, Copy, serde::Serialize, utoipa::ToSchema)]
pub struct MailState {
    /// Letters that wait or are under way.
    pub queued: u64,
    /// Letters handed over since the start.
    pub sent: u64,
    /// Letters that were refused for good, or whose time was over.
    pub failed: u64,
    /// Attempts that failed and were worth another.
    pub retries: u64,
}

/// Asks for the [`MailState`].
#[derive(actix::Message)]
#[rtype(result = "MailState")]
struct Observe;

impl Handler<Observe> for MailActor {
    type Result = MessageResult<Observe>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        let Counted { queued, sent, failed, retries } = self.letters.counted();
        MessageResult(MailState { queued, sent, failed, retries })
    }
}

/// How the rest of the program speaks with the actor.
#[derive(Clone)]
pub struct MailHandle {
    mailbox: Mailbox<MailActor>,
    letters: Queue,
}

impl MailHandle {
    /// A handle to that mailbox and its letters.
    pub fn new(mailbox: Mailbox<MailActor>, letters: Queue) -> Self {
        Self { mailbox, letters }
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
        self.letters.post(Letter { to: to.clone(), language, message, link_base })
    }

    /// How it stands.
    pub async fn observe(&self) -> Result<MailState, Unavailable> {
        self.mailbox.ask(Observe).await
    }
}
