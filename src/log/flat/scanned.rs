//! What the scanner finds in a line: the required values, and the elements that are events.

use std::ops::Range;

use crate::log::json::scan::{Parsed, Raw};
use crate::tape::{AsDatum, DatumRef};

use super::record::Values;

/// The values found in the current line.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Per required value, the last one under the fewest dots; behind those of the line the values
    /// of an element of each list.
    pub(super) values: Vec<Raw>,
    /// Per value its depth; only for lines with nested objects.
    depths: Vec<u8>,
    pub(super) parsed: Parsed,
    /// Tells whether a member was there before: the number of the current line, or of the current
    /// element of a list, among all of them.
    pub(super) number: u64,
    /// How many of them there were.
    numbers: u64,
    pub(super) elements: Elements,
}

/// The elements of the list of events.
#[derive(Debug, Default)]
pub(super) struct Elements {
    /// True if there is such a list.
    pub(super) are_there: bool,
    /// The values of each, one after the other.
    values: Vec<Raw>,
    are_objects: Vec<bool>,
}

impl Found {
    pub(super) fn new(values: usize) -> Self {
        Self {
            values: vec![Raw::MISSING; values],
            depths: vec![u8::MAX; values],
            ..Self::default()
        }
    }

    /// Clears what was found in the line before.
    #[inline]
    pub(super) fn begin_line(&mut self, is_nested: bool) {
        self.numbers += 1;
        self.number = self.numbers;
        self.values.fill(Raw::MISSING);
        if is_nested {
            self.depths.fill(u8::MAX);
            self.elements.are_there = false;
            self.elements.values.clear();
            self.elements.are_objects.clear();
        }
        self.parsed.clear();
    }

    /// Clears the values of the element before.
    #[inline]
    pub(super) fn begin_element(&mut self, values: Range<usize>) {
        self.numbers += 1;
        self.number = self.numbers;
        if let Some(depths) = self.depths.get_mut(values.clone()) {
            depths.fill(u8::MAX);
        }
        if let Some(values) = self.values.get_mut(values) {
            values.fill(Raw::MISSING);
        }
    }

    /// Keeps an element that is an event, with these values, or none because it is no object.
    #[inline]
    pub(super) fn keep_element(&mut self, values: Range<usize>, is_object: bool) {
        let Elements { values: kept, are_objects, .. } = &mut self.elements;
        kept.extend_from_slice(self.values.get(values).unwrap_or_default());
        are_objects.push(is_object);
    }

    /// Sets a required value.
    #[inline]
    pub(super) fn set(&mut self, target: u32, value: Raw, depth: u8) {
        let target = target as usize;
        if let Some(kept) = self.values.get_mut(target)
            && let Some(before) = self.depths.get_mut(target)
            && depth <= *before
        {
            (*kept, *before) = (value, depth);
        }
    }

    /// The values of the line, so many, and the elements of the list of events, if it has one.
    pub(super) fn of<'a>(
        &'a self,
        block: &'a str,
        count: usize,
    ) -> (Scanned<'a>, Option<impl ExactSizeIterator<Item = Option<Scanned<'a>>>>) {
        let of = move |values: &'a [Raw]| Scanned { values, block, parsed: &self.parsed };
        let Elements { are_there, values, are_objects } = &self.elements;
        let elements = values.chunks_exact(count.max(1)).zip(are_objects);
        let elements = elements.map(move |(values, is_object)| is_object.then(|| of(values)));
        (of(self.values.get(..count).unwrap_or_default()), are_there.then_some(elements))
    }
}

/// Values that are read from their block on demand.
#[derive(Clone, Copy)]
pub(super) struct Scanned<'a> {
    values: &'a [Raw],
    block: &'a str,
    parsed: &'a Parsed,
}

impl Values for Scanned<'_> {
    #[inline]
    fn value(&self, number: usize) -> Option<DatumRef<'_>> {
        self.values.get(number)?.datum(self.block, self.parsed)
    }
}

/// A value that is read from its block on demand.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    pub(super) raw: Raw,
    pub(super) block: &'a str,
    pub(super) parsed: &'a Parsed,
}

impl AsDatum for Kept<'_> {
    #[inline]
    fn as_datum(&self) -> DatumRef<'_> {
        // The value is of this block.
        self.raw.datum(self.block, self.parsed).unwrap_or(DatumRef::Text(""))
    }
}
