//! The read side of slots: of one row, or of a range of rows.

use std::ops::Deref;

use crate::tape::PageGuard;

use super::dictionary::NONE;

/// The slots of one row's keys.
#[derive(Debug)]
pub enum RowSlots<'s> {
    /// No key.
    None,
    /// One key, as most rows have.
    One([u32; 1]),
    /// The keys of an exploded list.
    Many(PageGuard<'s, u32>),
}

impl Deref for RowSlots<'_> {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        match self {
            Self::None => &[],
            Self::One(slot) => slot,
            Self::Many(slots) => slots,
        }
    }
}

/// The slots of a range of rows.
#[derive(Debug)]
pub(in crate::engine) enum SlotsOf<'s> {
    /// All rows have slot 0.
    Global,
    /// At most one a row, or [`NONE`].
    One(PageGuard<'s, u32>),
    /// Several per row: row n ends at `ends[n]`, counted from `first`, where row n + 1 begins.
    Many { ends: PageGuard<'s, u32>, first: u32, slots: PageGuard<'s, u32> },
}

/// A borrowed view, for access per row.
#[derive(Clone, Copy)]
pub(in crate::engine) enum View<'s> {
    Global,
    One(&'s [u32]),
    Many { ends: &'s [u32], first: u32, slots: &'s [u32] },
}

impl SlotsOf<'_> {
    pub(in crate::engine) fn view(&self) -> View<'_> {
        match self {
            Self::Global => View::Global,
            Self::One(slots) => View::One(slots),
            Self::Many { ends, first, slots } => View::Many { ends, first: *first, slots },
        }
    }
}

impl<'s> View<'s> {
    /// Per row its only slot, or [`NONE`]; `None` if rows may have several.
    pub(in crate::engine) const fn single(self) -> Option<&'s [u32]> {
        match self {
            Self::One(slots) => Some(slots),
            Self::Global | Self::Many { .. } => None,
        }
    }

    /// The slots of the n-th row.
    #[inline]
    pub(in crate::engine) fn get(self, row: usize) -> &'s [u32] {
        match self {
            Self::Global => &[0],
            Self::One(slots) if slots[row] == NONE => &[],
            Self::One(slots) => std::slice::from_ref(&slots[row]),
            Self::Many { ends, first, slots } => {
                let place = |end: u32| end.saturating_sub(first) as usize;
                let from = if row == 0 { 0 } else { place(ends[row - 1]) };
                slots.get(from..place(ends[row])).unwrap_or_default()
            }
        }
    }
}
