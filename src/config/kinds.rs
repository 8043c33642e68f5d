//! The kinds of values that a comparison can hold for. It must not know events.

use crate::base::Kinds;

use super::document::Comparison;

impl Comparison {
    /// The kinds that it can hold for; `None` where it can hold for any.
    #[must_use]
    pub fn kinds(&self) -> Option<Kinds> {
        match self {
            Self::In(values) => Some(Kinds::of(values)),
            Self::Different(value)
            | Self::Greater(value)
            | Self::AtLeast(value)
            | Self::Less(value)
            | Self::AtMost(value) => Some(Kinds::of_value(value)),
            Self::NotIn(_) | Self::Exists(_) => None,
        }
    }
}
