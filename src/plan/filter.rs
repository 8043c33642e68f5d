//! Filters of a plan: conditions on an event's attributes.

use crate::base::filter;

use super::AttributeId;

/// A filter: all of its conditions must hold.
pub type Filter = filter::Filter<AttributeId>;

/// One condition of a filter.
pub type Condition = filter::Condition<AttributeId>;
