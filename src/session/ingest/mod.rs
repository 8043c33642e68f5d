//! Reading a log beside the replay, and the cache of what was read.

pub(in crate::session) mod column_cache;
pub(in crate::session) mod reader_thread;
