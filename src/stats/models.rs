//! Which names of models are told apart.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Model names told apart in one hour. They come from clients, who could fill the tables with
/// names of their own; what goes beyond is counted under no name.
const MODELS_MAX: usize = 2_000;

/// Of those, names that the requests of one client token may bring: more than most use, and too few
/// to leave none to others.
const OF_TOKEN_MAX: usize = 100;

/// Of names that were only refused so far. To be refused costs nothing, so that invented names
/// come cheaper than served ones.
const REFUSED_MAX: usize = 200;

/// Of those, names that one client token may bring.
const REFUSED_OF_TOKEN_MAX: usize = 20;

/// The model names of the hour under way.
#[derive(Debug, Default)]
pub struct Models {
    hour: i64,
    served: Names,
    refused: Names,
}

/// Names, and how many of them each client token brought.
#[derive(Debug, Default)]
struct Names {
    known: HashSet<Arc<str>>,
    by_token: HashMap<i64, usize>,
}

impl Models {
    /// The name under which a request of this token for this model is counted, `served` or refused:
    /// its own, or none.
    pub fn admitted(&mut self, hour: i64, name: &Arc<str>, token: i64, served: bool) -> Arc<str> {
        if hour > self.hour {
            *self = Self { hour, ..Self::default() };
        }
        let known = self.served.known.contains(name);
        let admitted = known
            || match served {
                true => self.served.admit(name, token, MODELS_MAX, OF_TOKEN_MAX),
                false => self.refused.admit(name, token, REFUSED_MAX, REFUSED_OF_TOKEN_MAX),
            };
        if admitted { name.clone() } else { Arc::from("") }
    }
}

impl Names {
    /// Whether this name is known, or there is room for it.
    fn admit(&mut self, name: &Arc<str>, token: i64, max: usize, of_token_max: usize) -> bool {
        if name.is_empty() || self.known.contains(name) {
            return true;
        }
        if self.known.len() >= max {
            return false;
        }
        let brought = self.by_token.entry(token).or_default();
        if *brought >= of_token_max {
            return false;
        }
        *brought += 1;
        self.known.insert(name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: usize) -> Arc<str> {
        Arc::from(format!("model-{n}"))
    }

    /// A token that brings its `n`th name as one of many that share the work.
    fn token(n: usize, of_token_max: usize) -> i64 {
        i64::try_from(n / of_token_max).unwrap()
    }

    #[test]
    fn invented_names_that_are_refused_push_no_served_one_out() {
        let mut models = Models::default();
        for n in 0..5_000 {
            let token = token(n, REFUSED_OF_TOKEN_MAX);
            let counted = models.admitted(1, &name(n), token, false);
            assert_eq!(counted.is_empty(), n >= REFUSED_MAX, "{n}");
        }
        for n in 5_000..5_000 + MODELS_MAX {
            assert_eq!(models.admitted(1, &name(n), token(n, OF_TOKEN_MAX), true), name(n));
        }
        assert_eq!(&*models.admitted(1, &name(9_000), 999, true), "");
        for (n, served) in [(0, false), (5_000, true), (5_000, false)] {
            assert_eq!(models.admitted(1, &name(n), 999, served), name(n), "known");
        }
        assert_eq!(models.admitted(2, &name(9_000), 999, true), name(9_000), "another hour");
    }

    #[test]
    fn one_token_uses_up_its_own_share_only() {
        let mut models = Models::default();
        for served in [true, false] {
            let max = if served { OF_TOKEN_MAX } else { REFUSED_OF_TOKEN_MAX };
            let first = if served { 0 } else { 10_000 };
            for n in 0..2_000 {
                let counted = models.admitted(1, &name(first + n), 7, served);
                assert_eq!(counted.is_empty(), n >= max, "{n}");
            }
        }
        assert_eq!(models.admitted(1, &name(9_000), 8, true), name(9_000), "others have theirs");
        assert_eq!(models.admitted(1, &name(9_000), 7, true), name(9_000), "it is known now");
        assert_eq!(models.admitted(1, &name(0), 7, true), name(0));
        assert_eq!(&*models.admitted(1, &name(9_001), 7, true), "");
        assert_eq!(models.admitted(2, &name(9_001), 7, true), name(9_001), "another hour");
    }
}
