//! A segmented list: grows at its end while versions of it are held. Full segments are immutable
//! and shared by all versions; a clone copies the tail, which is shorter than a segment, and a
//! pointer per segment.

use std::ops::Index;
use std::sync::Arc;

/// The numbers of a segment, as a power of two.
const BITS: u32 = 10;

/// A list in segments of 1,024 elements.
#[derive(Clone, Debug)]
pub struct SegmentedVec<T> {
    sealed: Vec<Arc<[T]>>,
    /// The elements behind the sealed segments.
    tail: Vec<T>,
}

impl<T> Default for SegmentedVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> SegmentedVec<T> {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { sealed: Vec::new(), tail: Vec::new() }
    }

    /// The count of elements.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        (self.sealed.len() << BITS) + self.tail.len()
    }

    /// True if there are no elements.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An element, if it exists.
    #[inline]
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&T> {
        let within = at & ((1 << BITS) - 1);
        match self.sealed.get(at >> BITS) {
            Some(segment) => segment.get(within),
            None if at >> BITS == self.sealed.len() => self.tail.get(within),
            None => None,
        }
    }

    /// An element and the one behind it, as far as they exist.
    #[inline]
    #[must_use]
    pub fn pair(&self, at: usize) -> Option<(&T, Option<&T>)> {
        let within = at & ((1 << BITS) - 1);
        let segment = match self.sealed.get(at >> BITS) {
            Some(segment) => &**segment,
            None if at >> BITS == self.sealed.len() => &*self.tail,
            None => return None,
        };
        match segment.get(within..)? {
            [first, next, ..] => Some((first, Some(next))),
            [first] => Some((first, self.get(at + 1))),
            [] => None,
        }
    }

    /// Appends an element.
    #[inline]
    pub fn push(&mut self, element: T) {
        self.tail.push(element);
        if self.tail.len() == 1 << BITS {
            self.seal();
        }
    }

    /// Appends the elements of a list, at once where a segment begins.
    pub fn append(&mut self, elements: Vec<T>) {
        let mut elements = elements.into_iter();
        while !self.tail.is_empty() {
            let Some(element) = elements.next() else { return };
            self.push(element);
        }
        while elements.len() >= 1 << BITS {
            self.sealed.push(elements.by_ref().take(1 << BITS).collect());
        }
        self.tail.extend(elements);
    }

    fn seal(&mut self) {
        // Another segment will be full too.
        let next = Vec::with_capacity(1 << BITS);
        self.sealed.push(std::mem::replace(&mut self.tail, next).into());
    }

    /// The elements from one on, in order, as slices.
    pub fn slices_from(&self, first: usize) -> impl Iterator<Item = &[T]> {
        let segment = (first >> BITS).min(self.sealed.len());
        let mut skipped = first - (segment << BITS);
        let segments = self.sealed[segment..].iter().map(|segment| &**segment);
        segments
            .chain([&*self.tail])
            .map(move |segment| segment.get(std::mem::take(&mut skipped)..).unwrap_or_default())
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.slices_from(0).flatten()
    }

    /// The count of elements at the begin for which `is` holds; it must hold for none behind them.
    #[must_use]
    pub fn partition_point(&self, mut is: impl FnMut(&T) -> bool) -> usize {
        let mut within = |segment: &[T]| segment.partition_point(&mut is);
        let full = self.sealed.partition_point(|segment| within(segment) == 1 << BITS);
        let next = self.sealed.get(full).map_or(&*self.tail, |segment| &**segment);
        (full << BITS) + within(next)
    }

    /// Releases reserved memory.
    pub fn shrink(&mut self) {
        self.sealed.shrink_to_fit();
        self.tail.shrink_to_fit();
    }

    /// The bytes of memory held, besides what elements hold themselves.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.sealed.capacity() * size_of::<Arc<[T]>>()
            + ((self.sealed.len() << BITS) + self.tail.capacity()) * size_of::<T>()
    }
}

impl<T: PartialEq> PartialEq for SegmentedVec<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T> Index<usize> for SegmentedVec<T> {
    type Output = T;

    #[inline]
    fn index(&self, at: usize) -> &T {
        let within = at & ((1 << BITS) - 1);
        match self.sealed.get(at >> BITS) {
            Some(segment) => &segment[within],
            None => &self.tail[at - (self.sealed.len() << BITS)],
        }
    }
}

impl<T> Extend<T> for SegmentedVec<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        elements.into_iter().for_each(|element| self.push(element));
    }
}

impl<T> FromIterator<T> for SegmentedVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut list = Self::new();
        list.extend(elements);
        list
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A list that grows is a list, and each of its versions stays as it was.
        #[test]
        fn versions_of_a_list_stay_as_they_are(
            steps in proptest::collection::vec((0..3000usize, any::<bool>()), 0..12),
            at in any::<prop::sample::Index>(),
        ) {
            let mut list = SegmentedVec::new();
            let mut held = Vec::new();
            for (by, is_held) in steps {
                let next = list.len();
                if by % 2 == 0 {
                    list.extend(next..next + by);
                } else {
                    list.append((next..next + by).collect());
                }
                if is_held {
                    held.push((list.len(), list.clone()));
                }
            }
            for (len, list) in held.iter().chain([&(list.len(), list.clone())]) {
                prop_assert_eq!(list.len(), *len);
                prop_assert!(list.iter().copied().eq(0..*len));
                let at = at.index(len + 2);
                prop_assert!(list.slices_from(at).flatten().copied().eq(at..*len));
                prop_assert_eq!(list.partition_point(|n| *n < at), at.min(*len));
                prop_assert_eq!(list.get(at).copied(), (at < *len).then_some(at));
                let pair = list.pair(at).map(|(first, next)| (*first, next.copied()));
                let next = (at + 1 < *len).then_some(at + 1);
                prop_assert_eq!(pair, (at < *len).then_some((at, next)));
                prop_assert!(at >= *len || list[at] == at);
            }
        }
    }

    #[test]
    fn versions_share_full_segments() {
        let mut list: SegmentedVec<u8> = (0..3000).map(|n| n as u8).collect();
        let held = list.clone();
        list.extend([0; 3000]);
        let shared = list.sealed.iter().zip(&held.sealed).filter(|(a, b)| Arc::ptr_eq(a, b));
        assert_eq!((shared.count(), list.sealed.len()), (2, 5));
    }
}
