//! The store of a session. `write_behind` commits what changed since the last batch, about four
//! times a second while the replay runs: a batch is true at one position of the log, that of a
//! checkpoint or of a copy made at the cursor. `recovery` goes on from what an earlier session
//! stored, as soon as so much of the log is read and found to be the same. `commit` is what both a
//! thread of its own (`writer_thread`) and a test carry out.

pub(in crate::session) mod commit;
pub(in crate::session) mod recovery;
pub(in crate::session) mod tuning;
pub(in crate::session) mod write_behind;
pub(in crate::session) mod writer_thread;
