//! Filters: conditions on an event's attributes.

use crate::base::{Comparison, Value};

use super::AttributeId;

/// A filter: all of its conditions must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(pub Vec<Condition>);

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A test of one attribute.
    Attribute(AttributeId, Comparison),
    /// At least one of these filters holds.
    Any(Vec<Filter>),
    /// This filter does not hold.
    Not(Filter),
}

impl Filter {
    /// True if an event passes; `value` looks up an attribute of the event.
    pub fn passes<'v>(&self, value: &impl Fn(AttributeId) -> Option<&'v Value>) -> bool {
        self.failing(value).is_none()
    }

    /// The first condition that does not hold for an event; `None` if the event passes.
    pub fn failing<'v>(
        &self,
        value: &impl Fn(AttributeId) -> Option<&'v Value>,
    ) -> Option<&Condition> {
        self.0.iter().find(|condition| match condition {
            Condition::Attribute(attribute, test) => !test.holds(value(*attribute)),
            Condition::Any(filters) => !filters.iter().any(|filter| filter.passes(value)),
            Condition::Not(filter) => filter.passes(value),
        })
    }

    /// Calls `visit` for every attribute that the filter compares.
    pub fn attributes(&self, visit: &mut impl FnMut(AttributeId)) {
        self.tests(&mut |attribute, _| visit(attribute));
    }

    /// Calls `visit` for every comparison of the filter.
    pub fn tests<'f>(&'f self, visit: &mut impl FnMut(AttributeId, &'f Comparison)) {
        for condition in &self.0 {
            match condition {
                Condition::Attribute(attribute, test) => visit(*attribute, test),
                Condition::Any(filters) => filters.iter().for_each(|f| f.tests(visit)),
                Condition::Not(filter) => filter.tests(visit),
            }
        }
    }
}

impl Condition {
    /// The attribute that is tested, if it is a single one.
    #[must_use]
    pub const fn attribute(&self) -> Option<AttributeId> {
        match self {
            Self::Attribute(attribute, _) => Some(*attribute),
            Self::Any(_) | Self::Not(_) => None,
        }
    }
}
