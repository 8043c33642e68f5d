//! The store's own thread.

pub(in crate::session) mod writer_thread;
