//! The largest groups of contributions, chosen one by one among however many.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::base::Value;

/// The contributions that have one value of an attribute.
pub(super) struct Group {
    pub(super) contributions: u64,
    pub(super) weight: f64,
    /// The first row.
    pub(super) first: usize,
    /// The events of the window that have the value, at any key.
    pub(super) all: u64,
}

/// The largest of the groups so far: by weight if contributions add up, else by their number. Of
/// groups of one size the one whose value comes first is larger.
pub(super) struct Largest {
    most: usize,
    adds_up: bool,
    /// How many there were, and the least of those that are kept on top.
    count: usize,
    kept: BinaryHeap<Reverse<Sized>>,
}

/// A group with its size.
struct Sized {
    size: f64,
    value: Option<String>,
    group: Group,
}

impl Sized {
    fn compare(&self, (size, value): (f64, &Option<String>)) -> Ordering {
        self.size.total_cmp(&size).then_with(|| value.cmp(&self.value))
    }
}

impl Ord for Sized {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare((other.size, &other.value))
    }
}

impl PartialOrd for Sized {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sized {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sized {}

impl Largest {
    /// None yet, and of those to come so many.
    pub(super) const fn new(most: usize, adds_up: bool) -> Self {
        Self { most, adds_up, count: 0, kept: BinaryHeap::new() }
    }

    /// Adds a group of a value.
    pub(super) fn add(&mut self, value: Option<&Value>, group: Group) {
        self.count += 1;
        let size = if self.adds_up { group.weight } else { group.contributions as f64 };
        let least = self.kept.peek().filter(|_| self.kept.len() >= self.most);
        if least.is_some_and(|Reverse(least)| least.size.total_cmp(&size).is_gt()) {
            return;
        }
        let value = value.map(Value::to_string);
        if least.is_some_and(|Reverse(least)| least.compare((size, &value)).is_gt()) {
            return;
        }
        self.kept.push(Reverse(Sized { size, value, group }));
        if self.kept.len() > self.most {
            self.kept.pop();
        }
    }

    /// How many there were.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The largest, in order, with their values.
    pub(super) fn into_groups(self) -> Vec<(Option<String>, Group)> {
        let kept = self.kept.into_sorted_vec().into_iter();
        kept.map(|Reverse(it)| (it.value, it.group)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_kept_in_order() {
        let sizes = [3, 9, 9, 1, 7, 9, 2, 7];
        let all = |most| {
            let mut largest = Largest::new(most, false);
            for (number, size) in sizes.iter().enumerate() {
                let value = Value::Text(format!("v{number}"));
                let group = Group { contributions: *size, weight: 0.0, first: number, all: 0 };
                largest.add((number != 5).then_some(&value), group);
            }
            assert_eq!(largest.count(), sizes.len());
            let groups = largest.into_groups().into_iter();
            groups.map(|(value, group)| (group.first, value)).collect::<Vec<_>>()
        };
        let order = [5, 1, 2, 4, 7, 0, 6, 3];
        for most in [0, 1, 2, 4, 5, 8, usize::MAX] {
            let found: Vec<usize> = all(most).iter().map(|(first, _)| *first).collect();
            assert_eq!(found, order[..order.len().min(most)], "{most}");
        }
        assert_eq!(all(2), [(5, None), (1, Some("v1".to_owned()))]);
    }
}
