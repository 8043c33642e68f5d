//! JSON: a scanner for lines that look alike, and single values by `serde_json`.
//!
//! `scan` is the fast path. It works on sixteen bytes at a time, remembers which member followed
//! which, with all punctuation between their values (`","name":"`), and so recognises a predicted
//! member by one comparison; a member that was not predicted is looked up and remembered. It
//! validates the grammar of everything it skips.
//!
//! Values that need care (escapes, lists that are wanted as such, numbers of more than 15 digits or
//! with an exponent) go to `value` one by one. A line that needs more (a duplicate member, an escape in a name, any syntax
//! error) goes to the format's parser as a whole, which alone decides why a line is rejected.

pub(super) mod scan;
pub(super) mod value;
pub(super) mod walk;
