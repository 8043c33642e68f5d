//! What the tape holds: columns of numbers, the dictionaries behind them, and the pages they lie in.

pub(in crate::tape) mod buffer_pool;
pub(in crate::tape) mod dictionary;
pub(in crate::tape) mod paged;
pub(in crate::tape) mod rows;
