//! Metadata from files of their own, which the log is joined with: read before it, and taken up as
//! the clock reaches their times.

use crate::base::events::Order;
use crate::tape::encode::batch::Batch;

/// The lines of files of metadata, in the order in which they are taken up.
#[derive(Clone, Debug)]
pub(super) struct FileMetadata {
    /// Per line its time, and the range of its cells.
    lines: Vec<(i64, u32, u32)>,
    cells: Vec<u32>,
    /// The next line.
    next: usize,
    is_sorted: bool,
    /// The file that was read last, and the newest time in it.
    clock: (usize, i64),
    /// The hash of all lines.
    hash: u64,
}

impl FileMetadata {
    pub(super) const fn new() -> Self {
        Self {
            lines: Vec::new(),
            cells: Vec::new(),
            next: 0,
            is_sorted: true,
            clock: (0, i64::MIN),
            hash: 0,
        }
    }

    /// Adds the lines of a file. In order of the log a late line counts when it is reached.
    pub(super) fn extend(&mut self, batch: &Batch, order: Order) {
        if self.clock.0 != batch.source {
            self.clock = (batch.source, i64::MIN);
        }
        for (number, line) in batch.lines.iter().enumerate() {
            self.clock.1 = self.clock.1.max(line.time);
            let time = match order {
                Order::Time => line.time,
                Order::Log => self.clock.1,
            };
            let start = self.cells.len() as u32;
            self.cells.extend_from_slice(batch.cells(number));
            self.lines.push((time, start, self.cells.len() as u32));
            self.hash = xxhash_rust::xxh3::xxh3_64_with_seed(&line.hash.to_le_bytes(), self.hash);
        }
        self.is_sorted = false;
    }

    /// Begins again with the first line.
    pub(super) const fn rewind(&mut self) {
        self.next = 0;
    }

    /// The cells of the next line, if it was known at this time.
    pub(super) fn next(&mut self, clock: i64) -> Option<&[u32]> {
        if !self.is_sorted {
            self.lines.sort_by_key(|(time, ..)| *time);
            self.is_sorted = true;
        }
        let (_, start, end) = *self.lines.get(self.next).filter(|(time, ..)| *time <= clock)?;
        self.next += 1;
        self.cells.get(start as usize..end as usize)
    }

    /// The hash of all lines, in their order; 0 for none.
    pub(super) const fn hash(&self) -> u64 {
        self.hash
    }

    /// The bytes of memory.
    pub(super) const fn bytes(&self) -> usize {
        self.lines.capacity() * size_of::<(i64, u32, u32)>()
            + self.cells.capacity() * size_of::<u32>()
    }
}
