//! The memory budget: it forecasts what a log's events will take after the first few hundredths of
//! it, and holds to a limit. Where the events take more, older ones lie in a temporary file and are
//! read again when they are asked for.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::quantity;
use crate::engine::Limits;
use crate::tape::{BufferPool, IoFault, Spill};

/// When the memory of a log is forecast, and how the limit is divided.
struct MemoryTuning {
    /// How many batches go by between two forecasts, after the first few.
    forecast_interval_batches: usize,
    /// The share of a log that must be read before the rest is judged by it.
    forecast_min_share: f64,
    /// A forecast of fewer bytes is not worth a word.
    forecast_min_bytes: f64,
    /// The least memory for pages: with less, each event that is applied could evict those that
    /// the next one needs.
    min_page_bytes: usize,
    /// The most of the limit that checkpoints may have: one part of so many.
    checkpoint_limit_divisor: usize,
    /// How many copies of the states there are beside checkpoints: at the cursor, of the prefetch,
    /// and those whose memory the next ones take.
    copies_of_states: usize,
}

const TUNING: MemoryTuning = MemoryTuning {
    forecast_interval_batches: 64,
    forecast_min_share: 0.02,
    forecast_min_bytes: (1u64 << 30) as f64,
    min_page_bytes: 4 << 20,
    checkpoint_limit_divisor: 4,
    copies_of_states: 3,
};

/// What is to be said of the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum BudgetNotice {
    /// How much all of the log will take, or that it takes more than it may.
    Note(String),
    /// Nothing more may be read.
    Full(String),
}

/// What a session holds, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::session) struct MemoryUsage {
    /// What of the events cannot lie elsewhere: distinct values, what is needed to know them again
    /// while the log is read, keys, and what is needed to put lines in order.
    pub(in crate::session) fixed: usize,
    /// The states at the cursor.
    pub(in crate::session) engine: usize,
    /// All states, checkpoints apart.
    pub(in crate::session) states: usize,
    /// Copies of the states.
    pub(in crate::session) checkpoints: usize,
}

/// How far a log is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Read {
    /// The share, 0 to 1.
    pub(in crate::session) done: f64,
    /// How many events there are.
    pub(in crate::session) events: usize,
    /// Whether it must be held whole since its events are out of order, and no longer can be.
    pub(in crate::session) reorder_exceeds_memory: bool,
    /// The bytes of lines that wait until it is read, since they are out of order.
    pub(in crate::session) waiting: usize,
}

/// The notices that were given, none of which is given twice.
#[derive(Clone, Copy, Debug, Default)]
struct Reported {
    /// How much all of the log will take.
    forecast: bool,
    /// That events lie in a file.
    paging: bool,
    /// That events cannot be written to a file.
    fault: bool,
}

/// Watches over the memory.
#[derive(Debug)]
pub(in crate::session) struct MemoryBudget {
    /// The most bytes, and where events are that find no room.
    bound: Option<(usize, Arc<BufferPool>)>,
    batches: usize,
    /// What was reported, each once.
    reported: Reported,
}

impl MemoryBudget {
    /// A session that may take so many bytes, if there is a bound. The file of older events is made
    /// in a folder, or where the system has its temporary files; it has no name, and is gone when
    /// the session ends, however it does.
    pub(in crate::session) fn new(bound: Option<usize>, folder: Option<PathBuf>) -> Self {
        let pager = |bound: usize| {
            // Until what else there is was measured.
            BufferPool::new(bound / 2, move || {
                let file = match folder {
                    Some(folder) => tempfile::tempfile_in(folder),
                    None => tempfile::tempfile(),
                };
                file.map(|file| Box::new(file) as Box<dyn Spill>)
            })
        };
        let bound = bound.map(|bound| (bound, pager(bound)));
        Self { bound, batches: 0, reported: Reported::default() }
    }

    /// Where events are that find no room; `None` where there is no bound.
    pub(in crate::session) fn pager(&self) -> Option<&Arc<BufferPool>> {
        self.bound.as_ref().map(|(_, pager)| pager)
    }

    /// What checkpoints may cost. Where not even one would fit there are none, nor other copies.
    pub(in crate::session) fn checkpoints(&self, held: MemoryUsage) -> Limits {
        let usual = Limits::default();
        let Some((bound, _)) = &self.bound else { return usual };
        let taken = held.fixed + TUNING.copies_of_states * held.engine + TUNING.min_page_bytes;
        let bytes = bound
            .saturating_sub(taken)
            .min(bound / TUNING.checkpoint_limit_divisor)
            .min(usual.bytes);
        Limits { bytes: if bytes < held.engine { 0 } else { bytes }, ..usual }
    }

    /// Gives pages the memory that nothing else takes. Returns by how many bytes the rest alone is
    /// too much.
    pub(in crate::session) fn balance(&self, held: MemoryUsage) -> Option<usize> {
        let (bound, pager) = self.bound.as_ref()?;
        let MemoryUsage { fixed, states, checkpoints, engine } = held;
        pager.set_limit(
            bound.saturating_sub(fixed + states + checkpoints).max(TUNING.min_page_bytes),
        );
        (fixed + engine + TUNING.min_page_bytes).checked_sub(*bound).filter(|excess| *excess > 0)
    }

    /// Whether so many more bytes are free, if pages give way.
    pub(in crate::session) fn has_room(&self, held: MemoryUsage, bytes: usize) -> bool {
        let needed = held.fixed + held.states + held.checkpoints + bytes + TUNING.min_page_bytes;
        self.bound.as_ref().is_none_or(|(bound, _)| needed <= *bound)
    }

    /// Another batch was taken in: whether it is time to look at what is held, which goes over all
    /// states. With a bound it always is.
    pub(in crate::session) fn is_due(&mut self) -> bool {
        self.batches += 1;
        self.bound.is_some() || self.is_looked_ahead()
    }

    const fn is_looked_ahead(&self) -> bool {
        self.batches.is_power_of_two()
            || self.batches.is_multiple_of(TUNING.forecast_interval_batches)
    }

    /// Another batch was taken in, and it [is time](Self::is_due) to look.
    pub(in crate::session) fn grown(
        &mut self,
        read: Read,
        held: MemoryUsage,
    ) -> Option<BudgetNotice> {
        let excess = self.balance(held);
        if let Some(words) = self.refusal(read, held, excess) {
            // If it is for want of a file, that is reported with it.
            self.reported.fault = true;
            return Some(BudgetNotice::Full(words));
        }
        if !self.is_looked_ahead() {
            return self.paging();
        }
        let taken = held.fixed as u64 + self.pager().map_or(0, |pager| pager.all_bytes());
        let all = taken as f64 / read.done.max(f64::MIN_POSITIVE);
        if read.done < TUNING.forecast_min_share
            || all < TUNING.forecast_min_bytes
            || std::mem::replace(&mut self.reported.forecast, true)
        {
            return self.paging();
        }
        let all_words = quantity::bytes(all as u64);
        Some(BudgetNotice::Note(match &self.bound {
            Some((bound, _)) if all > *bound as f64 => format!(
                "the log's events will take about {all_words}, more than the {} of --max-memory: \
                 older ones will be read again from a temporary file when they are asked for",
                quantity::bytes(*bound as u64)
            ),
            _ => format!(
                "the log's events will take about {all_words} of memory; --max-memory bounds it"
            ),
        }))
    }

    /// All events came at once, since they were kept.
    pub(in crate::session) fn came(&mut self, events: usize, held: MemoryUsage) -> Option<String> {
        let excess = self.balance(held);
        let read = Read { done: 1.0, events, reorder_exceeds_memory: false, waiting: 0 };
        let refusal = excess.and_then(|_| self.refusal(read, held, excess));
        refusal.or_else(|| match self.paging() {
            Some(BudgetNotice::Note(words) | BudgetNotice::Full(words)) => Some(words),
            None => None,
        })
    }

    /// That events lie in a file now, said once.
    fn paging(&mut self) -> Option<BudgetNotice> {
        let begun = self.pager().is_some_and(|pager| pager.has_spilled());
        if !begun || std::mem::replace(&mut self.reported.paging, true) || self.reported.forecast {
            return None;
        }
        Some(BudgetNotice::Note(
            "the log is larger than --max-memory: older events are read again from a temporary \
             file when they are asked for"
                .to_owned(),
        ))
    }

    /// Why nothing more may be read.
    fn refusal(&self, read: Read, held: MemoryUsage, excess: Option<usize>) -> Option<String> {
        let (bound, pager) = self.bound.as_ref()?;
        let bound = quantity::bytes(*bound as u64);
        if read.reorder_exceeds_memory || excess.is_some_and(|excess| excess < read.waiting) {
            return Some(format!(
                "the log is not in time order, and all of its events at once take more than \
                 {bound} of memory: raise --max-memory, sort the log by time, or write \
                 `order: log` under `events:`; what was read until then is shown"
            ));
        }
        let events = quantity::grouped(read.events as u64);
        if let Some(IoFault::Write(words)) = pager.fault() {
            return Some(format!(
                "the log is larger than --max-memory, and older events cannot be written to a \
                 temporary file ({words}); the first {events} events are shown"
            ));
        }
        excess?;
        let [values, states] = [held.fixed, held.engine].map(|n| quantity::bytes(n as u64));
        Some(format!(
            "distinct values and keys take {values} and states {states} of the {bound} of memory \
             that --max-memory allows: raise it, or count fewer keys; the first {events} events \
             are shown"
        ))
    }

    /// What went wrong with the file after the log was read, said once; and whether what is shown
    /// is no longer right.
    pub(in crate::session) fn fault(&mut self) -> Option<(String, bool)> {
        let fault = self.pager()?.fault()?;
        let is_wrong = matches!(fault, IoFault::Read(_));
        // The worse of the two is reported even after the other one.
        if self.reported.fault && !is_wrong {
            return None;
        }
        self.reported.fault = true;
        Some(match fault {
            IoFault::Write(words) => (
                format!(
                    "events cannot be written to a temporary file ({words}): they stay in memory, \
                     which is more than --max-memory allows"
                ),
                false,
            ),
            IoFault::Read(words) => (
                format!(
                    "older events cannot be read again from the temporary file ({words}): what is \
                     shown is no longer right, and nothing more is saved; restart"
                ),
                true,
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(done: f64) -> Read {
        Read { done, events: 1_000_000, reorder_exceeds_memory: false, waiting: 0 }
    }

    fn looks(memory: &mut MemoryBudget, done: f64, bytes: usize) -> Option<BudgetNotice> {
        let held = MemoryUsage { fixed: bytes, ..MemoryUsage::default() };
        (0..TUNING.forecast_interval_batches)
            .find_map(|_| if memory.is_due() { memory.grown(read(done), held) } else { None })
    }

    #[test]
    fn a_large_log_is_forecast_once() {
        let mut memory = MemoryBudget::new(None, None);
        assert_eq!(looks(&mut memory, 0.01, 50 << 20), None, "too early to tell");
        let Some(BudgetNotice::Note(words)) = looks(&mut memory, 0.04, 100 << 20) else {
            panic!("nothing is reported");
        };
        assert!(words.contains("2.4 GiB"), "{words}");
        assert_eq!(looks(&mut memory, 0.05, 125 << 20), None);
        assert_eq!(
            looks(&mut MemoryBudget::new(None, None), 0.5, 100 << 20),
            None,
            "not worth a word"
        );
        let mut bounded = MemoryBudget::new(Some(1 << 30), None);
        let Some(BudgetNotice::Note(words)) = looks(&mut bounded, 0.04, 100 << 20) else {
            panic!("nothing is reported");
        };
        assert!(words.contains("2.4 GiB") && words.contains("1.0 GiB"), "{words}");
    }

    #[test]
    fn a_bound_holds() {
        let mut memory = MemoryBudget::new(Some(100 << 20), None);
        assert_eq!(looks(&mut memory, 0.5, 96 << 20), None);
        let Some(BudgetNotice::Full(words)) = looks(&mut memory, 0.6, 97 << 20) else {
            panic!("it goes on");
        };
        assert!(words.contains("100.0 MiB") && words.contains("1,000,000 events"), "{words}");
        let cramped = Read { reorder_exceeds_memory: true, ..read(0.1) };
        let Some(BudgetNotice::Full(words)) = memory.grown(cramped, MemoryUsage::default()) else {
            panic!("it goes on");
        };
        assert!(words.contains("order: log"), "{words}");
        let waiting = Read { waiting: 30 << 20, ..read(0.1) };
        for (fixed, is_for_want_of_order) in [(100, true), (120, true), (130, false)] {
            let held = MemoryUsage { fixed: fixed << 20, ..MemoryUsage::default() };
            let Some(BudgetNotice::Full(words)) = memory.grown(waiting, held) else {
                panic!("it goes on")
            };
            assert_eq!(words.contains("order: log"), is_for_want_of_order, "{words}");
        }
    }

    #[test]
    fn pages_have_what_nothing_else_takes() {
        let memory = MemoryBudget::new(Some(100 << 20), None);
        let limit = || memory.pager().map(|pager| pager.limit() >> 20);
        let copies = |held| memory.checkpoints(held).bytes >> 20;
        assert_eq!(copies(MemoryUsage::default()), 25);
        let (fixed, engine) = (30 << 20, 10 << 20);
        let held = MemoryUsage { fixed, engine, states: 20 << 20, checkpoints: 25 << 20 };
        assert_eq!((memory.balance(held), limit(), copies(held)), (None, Some(25), 25));
        assert_eq!(copies(MemoryUsage { engine: 15 << 20, ..held }), 21);
        assert_eq!(copies(MemoryUsage { engine: 17 << 20, ..held }), 0, "none would fit");
        assert!(memory.has_room(held, 21 << 20) && !memory.has_room(held, 22 << 20));
        let held = MemoryUsage { states: 60 << 20, ..held };
        assert_eq!((memory.balance(held), limit()), (None, Some(4)));
        let held = MemoryUsage { engine: 80 << 20, states: 80 << 20, ..held };
        assert_eq!((memory.balance(held), limit()), (Some(14 << 20), Some(4)));
        let free = MemoryBudget::new(None, None);
        assert!(free.pager().is_none() && free.has_room(held, usize::MAX / 2));
        assert_eq!((free.balance(held), free.checkpoints(held)), (None, Limits::default()));
    }

    #[test]
    fn a_file_that_cannot_be_made_is_reported_once() {
        let mut memory = MemoryBudget::new(Some(64 << 20), Some(PathBuf::from("/no/such/folder")));
        assert_eq!(memory.fault(), None);
        let mut column =
            crate::tape::PagedColumn::new(&crate::tape::Storage::of(memory.pager().cloned()), 0u64);
        column.extend(0..6_000_000);
        assert!(matches!(memory.fault(), Some((_, false))));
        assert_eq!(memory.fault(), None, "it is reported again");
        let mut memory = MemoryBudget { reported: Reported::default(), ..memory };
        let Some(BudgetNotice::Full(words)) = memory.grown(read(0.3), MemoryUsage::default())
        else {
            panic!("it goes on");
        };
        assert!(words.contains("No such file"), "{words}");
        assert_eq!(memory.fault(), None, "it is reported again");
    }
}
