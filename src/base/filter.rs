//! Filters: conditions on attributes, all of which must hold. `A` is what an attribute is known by.

use super::{Comparison, Value};

/// A filter: all of its conditions must hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter<A>(pub Vec<Condition<A>>);

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Condition<A> {
    /// A test of one attribute.
    Attribute(A, Comparison),
    /// At least one of these filters holds.
    Any(Vec<Filter<A>>),
    /// This filter does not hold.
    Not(Filter<A>),
}

impl<A: Copy> Filter<A> {
    /// True if an event passes; `value` looks up an attribute of the event.
    pub fn passes<'v>(&self, value: &impl Fn(A) -> Option<&'v Value>) -> bool {
        self.failing(value).is_none()
    }

    /// The first condition that does not hold for an event; `None` if the event passes.
    pub fn failing<'v>(&self, value: &impl Fn(A) -> Option<&'v Value>) -> Option<&Condition<A>> {
        let test = |attribute: &A, test: &Comparison| test.holds(value(*attribute));
        self.0.iter().find(|condition| !condition.holds(&test))
    }

    /// Calls `visit` for every attribute that the filter compares.
    pub fn attributes(&self, visit: &mut impl FnMut(A)) {
        self.tests(&mut |attribute, _| visit(*attribute));
    }
}

impl<A> Filter<A> {
    /// True if all conditions hold by `test`, which decides on the comparisons.
    pub fn holds(&self, test: &impl Fn(&A, &Comparison) -> bool) -> bool {
        self.0.iter().all(|condition| condition.holds(test))
    }

    /// Calls `visit` for every comparison of the filter.
    pub fn tests<'f>(&'f self, visit: &mut impl FnMut(&'f A, &'f Comparison)) {
        for condition in &self.0 {
            match condition {
                Condition::Attribute(attribute, test) => visit(attribute, test),
                Condition::Any(filters) => filters.iter().for_each(|f| f.tests(visit)),
                Condition::Not(filter) => filter.tests(visit),
            }
        }
    }

    /// The same filter of attributes that are known by something else.
    pub fn map<B>(&self, name: &mut impl FnMut(&A) -> B) -> Filter<B> {
        let conditions = self.0.iter().map(|condition| match condition {
            Condition::Attribute(attribute, test) => {
                Condition::Attribute(name(attribute), test.clone())
            }
            Condition::Any(filters) => {
                Condition::Any(filters.iter().map(|filter| filter.map(name)).collect())
            }
            Condition::Not(filter) => Condition::Not(filter.map(name)),
        });
        Filter(conditions.collect())
    }
}

impl<A> Condition<A> {
    fn holds(&self, test: &impl Fn(&A, &Comparison) -> bool) -> bool {
        match self {
            Self::Attribute(attribute, comparison) => test(attribute, comparison),
            Self::Any(filters) => filters.iter().any(|filter| filter.holds(test)),
            Self::Not(filter) => !filter.holds(test),
        }
    }
}

impl<A: Copy> Condition<A> {
    /// The attribute that is tested, if it is a single one.
    #[must_use]
    pub const fn attribute(&self) -> Option<A> {
        match self {
            Self::Attribute(attribute, _) => Some(*attribute),
            Self::Any(_) | Self::Not(_) => None,
        }
    }
}
