//! The memory that the events of a log take while it is read: what all of it will take is told
//! before it is taken, and a bound holds. It must not know how events are kept.

use crate::base::quantity;

/// How many batches go by between two looks, after the first few: each goes over all distinct
/// values.
const LOOK: usize = 64;
/// How much of a log must be read before the rest is judged by it.
const KNOWN: f64 = 0.02;
/// Less than this is not worth a word.
const WORTH_TELLING: f64 = (1u64 << 30) as f64;

/// What is to be said of the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// How much all of the log will take.
    Foretold(String),
    /// The bound is reached: nothing more may be read.
    Full(String),
}

/// Watches over the memory.
#[derive(Debug)]
pub(super) struct Memory {
    bound: Option<usize>,
    batches: usize,
    foretold: bool,
}

impl Memory {
    pub(super) const fn new(bound: Option<usize>) -> Self {
        Self { bound, batches: 0, foretold: false }
    }

    /// Another batch was taken in; of the log, the share `done` is read. `bytes` measures what
    /// the events take, `events` is how many there are.
    pub(super) fn grown(
        &mut self,
        done: f64,
        events: usize,
        bytes: impl Fn() -> usize,
    ) -> Option<Word> {
        self.batches += 1;
        if !self.batches.is_power_of_two() && !self.batches.is_multiple_of(LOOK) {
            return None;
        }
        let taken = bytes();
        if let Some(bound) = self.bound.filter(|bound| taken > *bound) {
            return Some(Word::Full(format!(
                "the log takes more than {} of memory: its first {} events are here; allow more \
                 with --max-memory",
                quantity::bytes(bound as u64),
                quantity::grouped(events as u64)
            )));
        }
        let all = taken as f64 / done.max(f64::MIN_POSITIVE);
        if done < KNOWN || all < WORTH_TELLING || std::mem::replace(&mut self.foretold, true) {
            return None;
        }
        let all = quantity::bytes(all as u64);
        Some(Word::Foretold(format!(
            "the log's events will take about {all} of memory; --max-memory bounds it"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(memory: &mut Memory, done: f64, bytes: usize) -> Option<Word> {
        (0..LOOK).find_map(|_| memory.grown(done, 1_000_000, || bytes))
    }

    #[test]
    fn a_large_log_is_foretold_once() {
        let mut memory = Memory::new(None);
        assert_eq!(looks(&mut memory, 0.01, 50 << 20), None, "too early to tell");
        let Some(Word::Foretold(words)) = looks(&mut memory, 0.04, 100 << 20) else {
            panic!("nothing is told");
        };
        assert!(words.contains("2.4 GiB"), "{words}");
        assert_eq!(looks(&mut memory, 0.05, 125 << 20), None);
        assert_eq!(looks(&mut Memory::new(None), 0.5, 100 << 20), None, "not worth a word");
    }

    #[test]
    fn a_bound_holds() {
        let mut memory = Memory::new(Some(100 << 20));
        assert_eq!(looks(&mut memory, 0.5, 99 << 20), None);
        let Some(Word::Full(words)) = looks(&mut memory, 0.6, 101 << 20) else {
            panic!("it goes on");
        };
        assert!(words.contains("100.0 MiB") && words.contains("1,000,000 events"), "{words}");
    }
}
