//! The threads of a session. `worker` starts the one that drives the session, and waits for inputs;
//! `ports` carries effects out and starts the threads of the log's reader, the store and the column
//! cache; `worker_pool` is the pool that long replays, sorts and histories run on.

mod ports;
pub(in crate::session) mod worker;
pub(in crate::session) mod worker_pool;
