//! The rows of each key of a scope, so that one key's history is read without the others'.

/// For each slot its rows, in order.
#[derive(Debug)]
pub struct Postings {
    /// Slot `s` has `rows[starts[s]..starts[s + 1]]`.
    starts: Vec<u32>,
    rows: Vec<u32>,
    tape_rows: usize,
}

impl Postings {
    /// Gathers the rows of `keys` slots; `slots` tells a row's.
    pub(super) fn new<'s>(
        keys: usize,
        tape_rows: usize,
        slots: impl Fn(usize) -> &'s [u32],
    ) -> Self {
        let mut starts = vec![0u32; keys + 1];
        for row in 0..tape_rows {
            for slot in slots(row) {
                starts[*slot as usize + 1] += 1;
            }
        }
        for slot in 0..keys {
            starts[slot + 1] += starts[slot];
        }
        let mut next = starts.clone();
        let mut rows = vec![0u32; starts[keys] as usize];
        for row in 0..tape_rows {
            for slot in slots(row) {
                let place = &mut next[*slot as usize];
                rows[*place as usize] = row as u32;
                *place += 1;
            }
        }
        Self { starts, rows, tape_rows }
    }

    /// The rows of a slot, in order.
    #[must_use]
    pub fn rows(&self, slot: u32) -> &[u32] {
        let slot = slot as usize;
        match (self.starts.get(slot), self.starts.get(slot + 1)) {
            (Some(from), Some(to)) => &self.rows[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// How many rows the tape had.
    pub(super) const fn tape_rows(&self) -> usize {
        self.tape_rows
    }
}
