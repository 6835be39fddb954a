//! Telling other replicas what has changed, and taking over what they tell.

use std::time::Duration;

use actix::prelude::*;

use super::{KeyPoolActor, news};
use crate::pool::key::{KeyId, KeySpec};
use crate::pool::told::Told;
use crate::pool::{KeyState, ToldModel};
use crate::replicas::News;

/// Between two times of telling: what changes meanwhile is told together.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What is to be told beside what the pool knows has changed.
#[derive(Default)]
pub struct Notes {
    pub added: bool,
    pub removed: Vec<KeyId>,
}

/// Where there may be others: begins anywhere, and tells from now on, again and again.
pub fn begin(actor: &mut KeyPoolActor, ctx: &mut Context<KeyPoolActor>) {
    if actor.settings.replicas.are_possible() {
        actor.pool.share();
        actor.begin_anywhere();
        ctx.run_interval(TELL_EVERY, |this, _| this.tell());
    }
}

impl KeyPoolActor {
    /// Goes on at a place of its own. Replicas that all begin with the first key, or hear of an
    /// import together, would go round the keys in step.
    pub(super) fn begin_anywhere(&mut self) {
        if self.settings.replicas.are_possible() {
            self.pool.begin_at(fastrand::usize(..));
        }
    }

    /// Tells what has changed since the last time.
    pub(super) fn tell(&mut self) {
        // Redis may have gone away since, or be back.
        let rules = self.settings.rules();
        if rules != self.pool.rules() {
            self.pool.obey(rules);
        }
        let now = self.settings.clock.now();
        let Notes { added, removed } = std::mem::take(&mut self.notes);
        let (keys, models) = (self.pool.take_told(now), self.pool.take_told_models(now));
        let changed = self.pool.take_revalued(now);
        let news = News { keys, models, added, removed, changed, settings: false };
        if !news.is_empty() {
            self.settings.replicas.tell(news);
        }
    }
}

/// Keys and models as another replica knows them, by provider.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Adopt {
    pub keys: Vec<(String, Told)>,
    pub models: Vec<(String, ToldModel)>,
}

impl Handler<Adopt> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, Adopt { keys, models }: Adopt, _: &mut Self::Context) {
        let now = self.settings.clock.now();
        for (provider, told) in &models {
            self.pool.adopt_model(provider, told, now);
        }
        for (provider, told) in &keys {
            self.pool.adopt(provider, told, now);
        }
        self.look_out();
        let state =
            |(provider, told): &(String, Told)| self.pool.state(provider, told.state.id, now);
        let states: Vec<KeyState> = keys.iter().filter_map(state).collect();
        news::states(&self.settings.events, &states);
    }
}

/// Keys that another replica deleted.
#[derive(Message)]
#[rtype(result = "()")]
pub struct GoneElsewhere(pub Vec<KeyId>);

impl Handler<GoneElsewhere> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, GoneElsewhere(keys): GoneElsewhere, _: &mut Self::Context) {
        news::removed(&self.settings.events, keys.iter().copied());
        for key in keys {
            self.pool.forget(key);
            self.authorizations.remove(&key);
            self.resync.gone(key);
        }
    }
}

/// Keys as the database has them, by provider. False when a later look must take over the rest.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Agree(pub Vec<(String, KeySpec)>);

impl Handler<Agree> for KeyPoolActor {
    type Result = bool;

    fn handle(&mut self, Agree(keys): Agree, _: &mut Self::Context) -> bool {
        let now = self.settings.clock.now();
        let mut settled = true;
        for (provider, spec) in &keys {
            settled &= self.pool.agree(provider, spec, now);
        }
        settled
    }
}

/// Keys whose values another replica changed, as the database has them now, by provider.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Revalue(pub Vec<(String, KeySpec)>);

impl Handler<Revalue> for KeyPoolActor {
    type Result = ();

    fn handle(&mut self, Revalue(keys): Revalue, _: &mut Self::Context) {
        let now = self.settings.clock.now();
        for (provider, spec) in &keys {
            self.pool.revalue(provider, spec, now);
        }
    }
}
