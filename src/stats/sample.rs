//! So many out of however many come, each with the same chance.

/// Keeps a fair sample of what it is shown, in a bounded room (Vitter's algorithm R).
#[derive(Debug)]
pub struct Sample<T> {
    kept: Vec<T>,
    room: usize,
    seen: usize,
}

impl<T> Sample<T> {
    /// A sample of at most `room`.
    pub fn new(room: usize) -> Self {
        Self { kept: Vec::new(), room, seen: 0 }
    }

    /// Shows it one more; returns what there was no room for.
    pub fn offer(&mut self, one: T) -> Option<T> {
        self.seen += 1;
        if self.kept.len() < self.room {
            self.kept.push(one);
            return None;
        }
        match self.kept.get_mut(fastrand::usize(..self.seen)) {
            Some(place) => Some(std::mem::replace(place, one)),
            None => Some(one),
        }
    }

    /// How many are kept.
    pub fn count(&self) -> usize {
        self.kept.len()
    }

    /// What was kept.
    pub fn into_kept(self) -> Vec<T> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_are_kept_or_given_back_and_none_beyond_the_room(
            room in 0usize..50, shown in 0usize..200,
        ) {
            let mut sample = Sample::new(room);
            let mut all: Vec<usize> = (0..shown).filter_map(|one| sample.offer(one)).collect();
            prop_assert_eq!(all.len(), shown.saturating_sub(room));
            all.extend(sample.into_kept());
            all.sort_unstable();
            prop_assert_eq!(all, (0..shown).collect::<Vec<_>>());
        }
    }

    /// Of 10,000 shown to a room of 1,000, about half of those kept are from the later half. By
    /// chance alone 400 or fewer, or 600 or more, come up once in ten thousand million times.
    #[test]
    fn late_ones_have_the_same_chance_as_early_ones() {
        let mut sample = Sample::new(1_000);
        let passed = (0..10_000).filter_map(|one| sample.offer(one)).count();
        assert_eq!(passed, 9_000);
        let late = sample.into_kept().into_iter().filter(|one| *one >= 5_000).count();
        assert!((400..600).contains(&late), "{late}");
    }
}
