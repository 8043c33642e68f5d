//! Lines on their way to the tape: the recorder encodes their values into batches of numbers.

pub(in crate::tape) mod batch;
pub(in crate::tape) mod encoder;
pub(in crate::tape) mod interner;
pub(in crate::tape) mod pending;
pub(in crate::tape) mod predicate;
pub(in crate::tape) mod projection;
