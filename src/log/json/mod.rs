//! JSON: a scanner for lines written alike, and values read one by one.

pub(in crate::log) mod scan;
pub(in crate::log) mod value;
