//! A string arena: texts by number, packed into a few large blocks.

/// The bytes of a block; a longer text has its own.
const PIECE: usize = 64 << 10;

/// Texts, numbered from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct StringArena {
    /// Where each text begins. It ends where the next one begins, or with its block.
    begins: Vec<Begin>,
    pieces: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Begin {
    piece: u32,
    offset: u32,
}

impl StringArena {
    /// The count of texts.
    pub(super) const fn len(&self) -> usize {
        self.begins.len()
    }

    /// Appends a text.
    pub(super) fn push(&mut self, text: &str) {
        let has_room = |piece: &String| piece.len() + text.len() <= PIECE;
        if !self.pieces.last().is_some_and(has_room) {
            self.pieces.push(String::new());
        }
        let piece = self.pieces.len() as u32 - 1;
        if let Some(last) = self.pieces.last_mut() {
            self.begins.push(Begin { piece, offset: last.len() as u32 });
            last.push_str(text);
        }
    }

    /// The text of a number; empty if there is none.
    pub(super) fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let Some(Begin { piece, offset }) = self.begins.get(number).copied() else { return "" };
        let text = self.pieces[piece as usize].get(offset as usize..).unwrap_or_default();
        match self.begins.get(number + 1) {
            Some(next) if next.piece == piece => {
                text.get(..(next.offset - offset) as usize).unwrap_or_default()
            }
            _ => text,
        }
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        self.begins.capacity() * size_of::<Begin>()
            + self.pieces.capacity() * size_of::<String>()
            + self.pieces.iter().map(String::capacity).sum::<usize>()
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
                prop_oneof!["\\PC{0,9}", (0..PIECE + 9).prop_map(|length| "ü".repeat(length / 2))],
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
