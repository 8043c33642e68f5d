//! The words of filters: connectives and comparisons.

use super::{Kind, Member};

/// The words of a filter that are not attributes.
pub const CONNECTIVES: &[Member] = &[
    Member::optional("any", Kind::Filters, "at least one of these filters holds"),
    Member::optional("not", Kind::Filter, "this filter does not hold"),
];

/// The comparisons of a condition.
pub const COMPARISONS: &[Member] = &[
    Member::optional("eq", Kind::Scalar, "equal"),
    Member::optional("ne", Kind::Scalar, "different, and of the same kind"),
    Member::optional("gt", Kind::Scalar, "greater"),
    Member::optional("ge", Kind::Scalar, "greater or equal"),
    Member::optional("lt", Kind::Scalar, "less"),
    Member::optional("le", Kind::Scalar, "less or equal"),
    Member::optional("in", Kind::Scalars, "equal to one of these"),
    Member::optional("not_in", Kind::Scalars, "there, and equal to none of these"),
    Member::optional("exists", Kind::Flag, "whether the attribute is there"),
];
