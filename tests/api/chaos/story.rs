//! What happened and when, told when the test fails.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::rc::Rc;

use fastrand::Rng;
use tokio::time::Instant;

/// The story of a run; clones are the same.
#[derive(Clone)]
pub struct Story(Rc<Inner>);

struct Inner {
    seed: u64,
    begun: Instant,
    lines: RefCell<Vec<String>>,
    deeds: Cell<u64>,
}

impl Story {
    /// The story that this seed makes.
    pub fn begin(seed: u64) -> Self {
        eprintln!("CHAOS_SEED={seed}");
        let (lines, deeds) = (RefCell::default(), Cell::default());
        Self(Rc::new(Inner { seed, begun: Instant::now(), lines, deeds }))
    }

    /// Chance for one part of the run: the same for each run with this seed, whatever the other
    /// parts ask for and however fast they are.
    pub fn chance(&self, part: &str) -> Rng {
        let mixed = part.bytes().fold(self.0.seed, |mixed, byte| {
            (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Rng::with_seed(mixed)
    }

    /// Something happened.
    pub fn note(&self, what: impl Display) {
        let at = self.0.begun.elapsed().as_secs_f64();
        self.0.lines.borrow_mut().push(format!("{at:8.3} s: {what}"));
    }

    /// Something was broken.
    pub fn deed(&self, what: impl Display) {
        self.0.deeds.set(self.0.deeds.get() + 1);
        self.note(what);
    }

    /// How much was broken.
    pub fn deeds(&self) -> u64 {
        self.0.deeds.get()
    }

    /// How it went.
    pub fn tell(&self, summary: &str) {
        let (seed, deeds) = (self.0.seed, self.0.deeds.get());
        let secs = self.0.begun.elapsed().as_secs();
        eprintln!("CHAOS_SEED={seed}: {deeds} deeds in {secs} s; {summary}");
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let lines = self.lines.borrow().join("\n");
            eprintln!("{lines}\nagain with CHAOS_SEED={}", self.seed);
        }
    }
}
