//! Marks: a set of events, by their numbers in the order of the log.

/// A set of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    words: Vec<u64>,
    count: u64,
}

impl Marks {
    /// Adds an event.
    pub(super) fn add(&mut self, event: u64) {
        let (word, bit) = place(event);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.count += u64::from(self.words[word] & bit == 0);
        self.words[word] |= bit;
    }

    /// True if an event is in it.
    pub(super) fn has(&self, event: u64) -> bool {
        let (word, bit) = place(event);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// The number of its events.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }
}

const fn place(event: u64) -> (usize, u64) {
    ((event / 64) as usize, 1 << (event % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_added_to_it() {
        let mut marks = Marks::default();
        for event in [3, 64, 1000, 3] {
            marks.add(event);
        }
        assert_eq!(marks.count(), 3);
        let has: Vec<u64> = (0..2000).filter(|event| marks.has(*event)).collect();
        assert_eq!(has, [3, 64, 1000]);
    }
}
