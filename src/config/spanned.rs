//! Values with their places in the text.

use std::ops::Range;

/// A value and the bytes of the text that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The span, in bytes.
    pub span: Range<usize>,
}
