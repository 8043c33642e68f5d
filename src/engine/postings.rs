//! The rows of each key of a scope, so that one key's history is read without the others'.

/// For each slot its rows, in order.
#[derive(Debug)]
pub struct Postings {
    /// Slot `s` has `rows[starts[s]..starts[s + 1]]`.
    starts: Vec<u32>,
    rows: Vec<u32>,
    tape_rows: usize,
}

/// Rows of keys being gathered, in slices.
#[derive(Debug)]
pub(super) struct Gathering {
    starts: Vec<u32>,
    /// Once rows are counted, where each slot's next one goes.
    next: Vec<u32>,
    rows: Vec<u32>,
    tape_rows: usize,
    /// The row to go on with, while they are counted, and while they are put in their places.
    at: usize,
    counts: bool,
}

/// How many rows are gathered between two looks at the time.
const STRETCH: usize = 4096;

impl Gathering {
    /// Begins to gather the rows of `keys` slots.
    pub(super) fn new(keys: usize, tape_rows: usize) -> Self {
        let starts = vec![0u32; keys + 1];
        Self { starts, next: Vec::new(), rows: Vec::new(), tape_rows, at: 0, counts: true }
    }

    /// Whether it is of so many slots and rows.
    pub(super) const fn is_of(&self, keys: usize, tape_rows: usize) -> bool {
        self.starts.len() == keys + 1 && self.tape_rows == tape_rows
    }

    /// Gathers on until it is `late`; `slots` tells a row's. Returns whether all is gathered.
    pub(super) fn go_on<'s>(
        &mut self,
        slots: impl Fn(usize) -> &'s [u32],
        late: &mut dyn FnMut() -> bool,
    ) -> bool {
        loop {
            let end = self.tape_rows.min(self.at + STRETCH);
            for row in self.at..end {
                for slot in slots(row) {
                    if self.counts {
                        self.starts[*slot as usize + 1] += 1;
                    } else {
                        let place = &mut self.next[*slot as usize];
                        self.rows[*place as usize] = row as u32;
                        *place += 1;
                    }
                }
            }
            self.at = end;
            if end == self.tape_rows {
                if !self.counts {
                    return true;
                }
                self.place();
            }
            if late() {
                return false;
            }
        }
    }

    /// All rows are counted: finds where those of each slot will lie.
    fn place(&mut self) {
        let keys = self.starts.len() - 1;
        for slot in 0..keys {
            self.starts[slot + 1] += self.starts[slot];
        }
        self.next = self.starts.clone();
        self.rows = vec![0; self.starts[keys] as usize];
        self.at = 0;
        self.counts = false;
    }

    /// The rows, once all are gathered.
    pub(super) fn finish(self) -> Postings {
        Postings { starts: self.starts, rows: self.rows, tape_rows: self.tape_rows }
    }
}

impl Postings {
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
