//! Logs that are tables: CSV and Parquet.

pub(in crate::log) mod csv;
pub(in crate::log) mod parquet;
