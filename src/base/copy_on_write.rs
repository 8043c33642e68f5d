//! Copy on write: a value that is owned until it is frozen, and shared by all clones from then on.
//!
//! The owner changes its value without an atomic operation, which an `Arc` would take per change.

use std::mem;
use std::ops::Deref;
use std::sync::Arc;

/// A value that clones share once it is [frozen](Self::freeze).
#[derive(Clone, Debug)]
pub enum CopyOnWrite<T> {
    /// Held here alone. A clone is a copy.
    Owned(T),
    /// Shared by clones.
    Frozen(Arc<T>),
}

impl<T: Clone + Default> CopyOnWrite<T> {
    /// Freezes the value, so that clones share it.
    pub fn freeze(&mut self) {
        if let Self::Owned(value) = self {
            *self = Self::Frozen(Arc::new(mem::take(value)));
        }
    }

    /// The value, to be changed: copied if a clone holds it too.
    #[inline]
    pub fn make_mut(&mut self) -> &mut T {
        loop {
            match self {
                Self::Owned(value) => return value,
                Self::Frozen(_) => self.thaw(),
            }
        }
    }

    #[cold]
    fn thaw(&mut self) {
        if let Self::Frozen(value) = mem::take(self) {
            *self = Self::Owned(Arc::unwrap_or_clone(value));
        }
    }
}

impl<T: Default> Default for CopyOnWrite<T> {
    fn default() -> Self {
        Self::Owned(T::default())
    }
}

impl<T> Deref for CopyOnWrite<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match self {
            Self::Owned(value) => value,
            Self::Frozen(value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_a_frozen_value_until_one_is_changed() {
        let mut list = CopyOnWrite::Owned(vec![1]);
        list.freeze();
        let held = list.clone();
        assert!(std::ptr::eq(&raw const *list, &raw const *held));
        list.make_mut().push(2);
        assert_eq!((&**list, &**held), (&[1, 2][..], &[1][..]));
    }

    #[test]
    fn a_value_that_nobody_else_holds_is_changed_in_place() {
        let mut list = CopyOnWrite::Owned(vec![1]);
        let place = list.as_ptr();
        list.freeze();
        drop(list.clone());
        assert_eq!(list.make_mut().as_ptr(), place);
    }

    #[test]
    fn a_clone_of_an_owned_value_is_a_copy() {
        let mut list = CopyOnWrite::Owned(vec![1]);
        let held = list.clone();
        list.make_mut().push(2);
        assert_eq!(held.len(), 1);
    }
}
