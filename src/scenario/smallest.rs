//! The smallest part of a list that still does what the whole does, by delta debugging: ever
//! smaller pieces are left out while that changes nothing.

/// The numbers below a count without which something does not hold, while they are looked for. It
/// holds for all of them.
#[derive(Debug, Default)]
pub(super) struct Smallest {
    kept: Vec<usize>,
    /// In how many pieces what is kept is cut, and where the next one starts.
    pieces: usize,
    start: usize,
}

impl Smallest {
    pub(super) fn new(count: usize) -> Self {
        Self { kept: (0..count).collect(), pieces: 2, start: 0 }
    }

    /// What is left so far.
    pub(super) const fn kept(&self) -> &[usize] {
        self.kept.as_slice()
    }

    /// How far it is, 0 to 1: how small the pieces are.
    pub(super) fn done(&self) -> f32 {
        self.pieces as f32 / self.kept.len().max(self.pieces) as f32
    }

    /// Leaves out the next piece if it `still` holds then. Returns whether nothing can be left out
    /// any more.
    pub(super) fn step(&mut self, mut still: impl FnMut(&[usize]) -> bool) -> bool {
        if self.kept.is_empty() {
            return true;
        }
        let size = self.kept.len().div_ceil(self.pieces);
        if self.start >= self.kept.len() {
            self.start = 0;
            self.pieces = (2 * self.pieces).min(self.kept.len());
            return size == 1;
        }
        let end = self.kept.len().min(self.start + size);
        let rest = [&self.kept[..self.start], &self.kept[end..]].concat();
        if still(&rest) {
            self.kept = rest;
            self.pieces = (self.pieces - 1).max(2);
            self.start = 0;
        } else {
            self.start = end;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn smallest(count: usize, mut still: impl FnMut(&[usize]) -> bool) -> Vec<usize> {
        let mut smallest = Smallest::new(count);
        while !smallest.step(&mut still) {}
        smallest.kept
    }

    proptest! {
        /// Nothing of it can be left out, whatever is needed together.
        #[test]
        fn nothing_can_be_left_out(needed in prop::collection::btree_set(0_usize..60, 0..9)) {
            let still = |part: &[usize]| needed.iter().all(|one| part.contains(one));
            let found = smallest(60, still);
            prop_assert_eq!(found, needed.iter().copied().collect::<Vec<_>>());
        }

        /// Also where other parts would do: any two numbers of a sum.
        #[test]
        fn any_part_will_do(wanted in 0_usize..40) {
            let found = smallest(60, |part| part.len() >= wanted);
            prop_assert_eq!(found.len(), wanted);
        }
    }
}
