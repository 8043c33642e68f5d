//! A string arena: texts by number, packed into a few large blocks. A version that is held shares
//! all blocks but the last.

use std::sync::Arc;

use crate::base::segmented::SegmentedVec;

/// The bytes of a block; a longer text has its own.
const BLOCK: usize = 64 << 10;

/// Texts, numbered from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct StringArena {
    /// Where each text begins. It ends where the next one begins, or with its block.
    begins: SegmentedVec<Begin>,
    full: Vec<Arc<str>>,
    /// The block behind the full ones.
    last: String,
}

#[derive(Clone, Copy, Debug)]
struct Begin {
    block: u32,
    offset: u32,
}

impl StringArena {
    /// The count of texts.
    pub(super) const fn len(&self) -> usize {
        self.begins.len()
    }

    /// Appends a text.
    pub(super) fn push(&mut self, text: &str) {
        if !self.last.is_empty() && self.last.len() + text.len() > BLOCK {
            let next = String::with_capacity(BLOCK.max(text.len()));
            self.full.push(std::mem::replace(&mut self.last, next).into());
        }
        self.begins.push(Begin { block: self.full.len() as u32, offset: self.last.len() as u32 });
        self.last.push_str(text);
    }

    /// The text of a number; empty if there is none.
    #[inline]
    pub(super) fn get(&self, number: u32) -> &str {
        let Some((begin, next)) = self.begins.pair(number as usize) else { return "" };
        let block = self.full.get(begin.block as usize).map_or(&*self.last, |full| &**full);
        let end = match next {
            Some(next) if next.block == begin.block => next.offset as usize,
            _ => block.len(),
        };
        block.get(begin.offset as usize..end).unwrap_or_default()
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        self.begins.bytes()
            + self.full.iter().map(|block| size_of_val(block) + block.len()).sum::<usize>()
            + self.last.capacity()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_are_a_list(
            texts in proptest::collection::vec(
                prop_oneof!["\\PC{0,9}", (0..BLOCK + 9).prop_map(|length| "ü".repeat(length / 2))],
                0..40,
            ),
        ) {
            let mut kept = StringArena::default();
            texts.iter().for_each(|text| kept.push(text));
            prop_assert_eq!(kept.len(), texts.len());
            for (number, text) in (0..).zip(&texts) {
                prop_assert_eq!(kept.get(number), text);
            }
            prop_assert_eq!(kept.get(texts.len() as u32), "");
        }
    }
}
